"""The ACME issuer: `acme [<directory>] { … }` after `issuer` and `cert_issuer`; the `tls` shortcuts come to it, too."""

from __future__ import annotations

from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, any_texts, duration, flag, read_block, text
from ..module import Duration
from .dns import DnsChallenge, challenge_rows, take_challenge
from .issuers import Issuer, port

ZEROSSL_DIRECTORY = "https://acme.zerossl.com/v2/DV90"
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
DEFAULT_TIMEOUT = 90.0
"""Seconds that an authority has to look at a challenge, and again to issue."""


class PortChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The HTTP or TLS-ALPN challenge: on or off, and the port where it is answered."""

    disabled: bool = False
    alternate_port: int = 0


class Challenges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the authority may see that the names are ours."""

    http: PortChallenge | None = None
    tls_alpn: PortChallenge | None = msgspec.field(default=None, name="tls-alpn")
    dns: DnsChallenge | None = None
    bind_host: str = ""
    distributed: bool | None = None


class ExternalAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account that exists at the authority already, to bind ours to (RFC 8555 section 7.3.4)."""

    key_id: str = ""
    mac_key: str = ""


class ChainPreference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which of the chains that the authority offers is taken: the smallest, or the first with such a name."""

    smallest: bool | None = None
    root_common_name: tuple[str, ...] = ()
    any_common_name: tuple[str, ...] = ()


class AcmeIssuer(Issuer, frozen=True, tag="acme"):
    """Gets certificates from an authority by ACME (RFC 8555)."""

    ca: str = ""
    test_ca: str = ""
    email: str = ""
    profile: str = ""
    account_key: str = ""
    external_account: ExternalAccount | None = None
    acme_timeout: Duration = 0
    challenges: Challenges | None = None
    trusted_roots_pem_files: tuple[str, ...] = ()
    preferred_chains: ChainPreference | None = None
    certificate_lifetime: Duration = 0
    network_proxy: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> AcmeIssuer:
        """`acme [<directory>] { … }`."""
        directory = cursor.maybe()
        cursor.finish()
        fields = read_block(cursor, _ROWS | challenge_rows(adaptation), unknown="unrecognized ACME issuer property: {}")
        if directory and "ca" in fields:
            raise cursor.error(f"directory is already specified: {directory.text}")
        if directory:
            fields["ca"] = directory.text
        return cls(challenges=_take_challenges(fields), **fields)

    @property
    def directory(self) -> str:
        """Where the authority is."""
        return self.ca or LETS_ENCRYPT

    @property
    def rehearsal(self) -> AcmeIssuer | None:
        """The same at the authority for tests, if there is one: Let's Encrypt has its own."""
        directory = self.test_ca or (STAGING if self.directory == LETS_ENCRYPT else "")
        return (
            msgspec.structs.replace(self, ca=directory, test_ca="") if directory not in ("", self.directory) else None
        )

    @property
    def dns(self) -> DnsChallenge | None:
        """The DNS challenge, if it is set up."""
        return self.challenges.dns if self.challenges else None


def default_issuers(email: str) -> tuple[AcmeIssuer, ...]:
    """Let's Encrypt, and ZeroSSL if there is the e-mail address that it asks for."""
    first = AcmeIssuer()
    return (first, AcmeIssuer(ca=ZEROSSL_DIRECTORY, email=email)) if email.strip() else (first,)


def read_chains(cursor: Cursor) -> ChainPreference:
    """`preferred_chains [smallest] { root_common_name <names...> | any_common_name <names...> }`."""
    word = cursor.maybe()
    if word is not None:
        if word.text != "smallest":
            raise cursor.error(f"Invalid argument '{word.text}'")
        cursor.finish()
        if cursor.segment.block:
            raise cursor.error("No more options are accepted when using the 'smallest' option")
        return ChainPreference(smallest=True)
    names: dict[str, Any] = {}
    for line in cursor.block():
        if line.name not in ("root_common_name", "any_common_name"):
            raise line.error(f"Received unrecognized parameter '{line.name}'")
        if names.keys() - {line.name}:
            raise line.error(f"Can't set {line.name} when {next(iter(names))} is already set")
        names[line.name] = (*names.get(line.name, ()), *line.texts(least=1))
    if not names:
        raise cursor.error("No options for preferred_chains received")
    return ChainPreference(**names)


def external_account(cursor: Cursor) -> ExternalAccount:
    """`eab <key_id> <mac_key>`."""
    return ExternalAccount(key_id=cursor.text(), mac_key=cursor.only())


def _lifetime(cursor: Cursor) -> int:
    lifetime = duration(cursor)
    if lifetime < 0:
        raise cursor.error(f"lifetime must be >= 0: {cursor.current.text}")
    return lifetime


def _not_distributed(cursor: Cursor) -> bool:
    if cursor.text() != "false":
        raise cursor.error("only accepted value is 'false'")
    return False


_ROWS = {
    "lifetime": Row("certificate_lifetime", _lifetime),
    "dir": Row("ca", text),
    "test_dir": Row("test_ca", text),
    "email": Row("email", text),
    "profile": Row("profile", text),
    "timeout": Row("acme_timeout", duration),
    "disable_http_challenge": Row("http_disabled", flag),
    "disable_tlsalpn_challenge": Row("tls_alpn_disabled", flag),
    "distributed": Row("distributed", _not_distributed),
    "alt_http_port": Row("http_port", port),
    "alt_tlsalpn_port": Row("tls_alpn_port", port),
    "eab": Row("external_account", external_account),
    "trusted_roots": Row("trusted_roots_pem_files", any_texts),
    "preferred_chains": Row("preferred_chains", read_chains),
}


def _take_challenges(fields: dict[str, Any]) -> Challenges | None:
    parts = {
        "http": _take_port_challenge(fields, "http"),
        "tls_alpn": _take_port_challenge(fields, "tls_alpn"),
        "dns": take_challenge(fields),
        "distributed": fields.pop("distributed", None),
    }
    given = {name: part for name, part in parts.items() if part is not None}
    return Challenges(**given) if given else None


def _take_port_challenge(fields: dict[str, Any], name: str) -> PortChallenge | None:
    disabled, port = fields.pop(f"{name}_disabled", None), fields.pop(f"{name}_port", None)
    if disabled is None and port is None:
        return None
    return PortChallenge(disabled=bool(disabled), alternate_port=port or 0)
