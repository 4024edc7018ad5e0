"""TLS to the upstreams, as the HTTP transport has it."""

from __future__ import annotations

import ssl

import msgspec

from ...errors import ConfigError
from ...module import Duration
from ...upstream import dial


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

    def provision(self) -> dial.TLS:
        """The context for the client's side; ConfigError for a setting or a file that cannot be used."""
        for name in ("ca", "root_ca_pool", "client_certificate_automate", "renegotiation", "curves"):
            if getattr(self, name) != getattr(TLS(), name):
                raise ConfigError(
                    f"{name} of TLS to upstreams is understood but not supported yet", path="transport.tls"
                )
        context = ssl.create_default_context()
        try:
            for file in self.root_ca_pem_files:
                context.load_verify_locations(file)
            if self.client_certificate_file:
                context.load_cert_chain(self.client_certificate_file, self.client_certificate_key_file)
        except (OSError, ssl.SSLError) as wrong:
            raise ConfigError(f"TLS to upstreams: {wrong}", path="transport.tls") from None
        if self.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return dial.TLS(context, self.server_name, frozenset(map(int, self.except_ports)))
