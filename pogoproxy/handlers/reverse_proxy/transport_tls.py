"""TLS to the upstreams, as the HTTP transport has it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from functools import cache, partial

import msgspec

from ...errors import ConfigError, RuntimeFault
from ...http.placeholders import Template, has_placeholders, template
from ...module import Context, Duration
from ...tls.keeping.files import FileStorage
from ...tls.suites import OPENSSL_CURVES
from ...tls.trust import FilePool, InlinePool, SystemPool, TrustPool
from ...tls.trusted import trusted
from ...units import seconds
from ...upstream import dial

_PATH = "transport.tls"


class TLS(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """TLS to the upstreams. `ca` is a trust pool, the system's by default; the two lists of roots are its old form.

    A client certificate is two PEM files or a name to get one for. `except_ports` are spoken to without TLS.
    """

    ca: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    root_ca_pool: tuple[str, ...] = ()
    root_ca_pem_files: tuple[str, ...] = ()
    client_certificate_file: str = ""
    client_certificate_key_file: str = ""
    client_certificate_automate: str = ""
    insecure_skip_verify: bool = False
    handshake_timeout: Duration = 0
    server_name: str = ""
    renegotiation: str = ""
    except_ports: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()

    def provision(self, context: Context, alpn: Sequence[str] = ("http/1.1",)) -> dial.TLS:
        """How connections are made private; ConfigError for a setting or a file that cannot be used."""
        self._refuse_what_cannot_run()
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.set_alpn_protocols(alpn)
        if self.curves:
            made.set_ecdh_curve(_curve(self.curves))
        try:
            if self.client_certificate_file or self.client_certificate_key_file:
                made.load_cert_chain(self.client_certificate_file, self.client_certificate_key_file)
        except (OSError, ssl.SSLError) as wrong:
            raise ConfigError(f"loading client certificate key pair: {wrong}", path=_PATH) from None
        if self.insecure_skip_verify:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        name = "" if has_placeholders(self.server_name) else self.server_name
        handshake = seconds(self.handshake_timeout) or dial.HANDSHAKE
        prepare = self._trusting(made, context)
        return dial.TLS(made, name, frozenset(map(int, self.except_ports)), handshake, prepare)

    def find_server_name(self) -> Template | None:
        """The server name of each request, where it is not the same for all."""
        return template(self.server_name) if has_placeholders(self.server_name) else None

    def _refuse_what_cannot_run(self) -> None:
        if self.client_certificate_automate:
            message = (
                "tls_client_auth by a name is understood but not supported yet; give a certificate's and a key's file"
            )
            raise ConfigError(message, path=_PATH)
        if self.renegotiation not in ("", "never"):
            # OpenSSL, as Python has it, grants a TLS 1.2 server's request always or never, and TLS 1.3 has none.
            raise ConfigError(f"tls_renegotiation {self.renegotiation}: Python's ssl only knows never", path=_PATH)
        if bool(self.client_certificate_file) != bool(self.client_certificate_key_file):
            raise ConfigError("a client certificate is two files, of the certificate and of its key", path=_PATH)

    def _trusting(self, made: ssl.SSLContext, context: Context) -> Callable[[], None]:
        """What has the connections trust somebody; it is done already where those are known already."""
        found = trusted(self._pools(context), context.registry, context.service(FileStorage))
        load = cache(partial(found.load_into, made))
        if not found.is_late:
            try:
                load()
            except RuntimeFault as wrong:
                raise ConfigError(str(wrong), path=_PATH) from None
        return load

    def _pools(self, context: Context) -> list[TrustPool]:
        old: list[TrustPool] = []
        if self.root_ca_pool:
            old.append(InlinePool(trusted_ca_certs=self.root_ca_pool))
        if self.root_ca_pem_files:
            old.append(FilePool(pem_files=self.root_ca_pem_files))
        if isinstance(self.ca, msgspec.UnsetType):
            return old or [SystemPool()]
        if old:
            raise ConfigError("conflicting config for Root CA pool", path=_PATH)
        return [context.registry.guest(TrustPool, self.ca, f"{_PATH}.ca")]


def _curve(names: tuple[str, ...]) -> str:
    for name in names:
        if name not in OPENSSL_CURVES:
            raise ConfigError(f"tls_curves: {name} is not supported; {', '.join(OPENSSL_CURVES)} are", path=_PATH)
    if len(set(names)) > 1:
        raise ConfigError("tls_curves: Python's ssl takes one curve, or its own list of all", path=_PATH)
    return OPENSSL_CURVES[names[0]]
