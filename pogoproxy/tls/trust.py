"""Trust pools: the authorities whose certificates are accepted, from clients and from upstreams."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, any_texts, duration, flag, read_block, text, texts
from ..errors import ConfigError
from ..module import Context, Duration, Module
from .storage import Storage

UNKNOWN = "unrecognized directive: {}"


@dataclass(frozen=True, slots=True)
class Authorities:
    """Who is trusted: the certificates in `pem`, and with `system` all that the operating system trusts."""

    pem: str = ""
    system: bool = False

    def __add__(self, other: Authorities) -> Authorities:
        return Authorities(self.pem + other.pem, self.system or other.system)

    def load_into(self, context: ssl.SSLContext, purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH) -> None:
        """Have the context trust them as well; ConfigError for what are no certificates."""
        if self.system:
            context.load_default_certs(purpose)
        try:
            if self.pem:
                context.load_verify_locations(cadata=self.pem)
        except ssl.SSLError as wrong:
            raise ConfigError(f"trust pool: {wrong.reason or wrong}") from None


def authorities_of_files(files: tuple[str, ...]) -> Authorities:
    """Those of PEM files; ConfigError for one that cannot be read."""
    try:
        return Authorities("".join(Path(file).read_text() + "\n" for file in files))
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"trust pool: {wrong}") from None


def authorities_of_der(certificates: tuple[str, ...]) -> Authorities:
    """Those of DER in base64; ConfigError for what is none."""
    try:
        ders = [base64.b64decode(text, validate=True) for text in certificates]
    except ValueError as wrong:
        raise ConfigError(f"parsing CA certificate: {wrong}") from None
    return Authorities("".join(map(ssl.DER_cert_to_PEM_cert, ders)))


class TrustPool(Module, frozen=True, tag_field="provider"):
    """A set of certificates of authorities."""

    NAMESPACE = "tls.ca_pool.source"

    def authorities(self, context: Context) -> Authorities:
        """Those whom the pool has; ConfigError if it cannot tell."""
        raise ConfigError(f"module {self.module_id()} can be adapted but not run yet")


class InlinePool(TrustPool, frozen=True, tag="inline"):
    """Certificates in the configuration, DER in base64."""

    trusted_ca_certs: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> InlinePool:
        """`inline { trust_der <certificates...> }`."""
        cursor.finish()
        fields = read_block(cursor, {"trust_der": Row("trusted_ca_certs", any_texts, adds=True)}, unknown=UNKNOWN)
        return cls(trusted_ca_certs=_some(cursor, fields.get("trusted_ca_certs", ()), "certificates"))

    def authorities(self, context: Context) -> Authorities:
        """Those that are written there."""
        return authorities_of_der(self.trusted_ca_certs)


class FilePool(TrustPool, frozen=True, tag="file"):
    """Certificates in PEM files."""

    pem_files: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> FilePool:
        """`file <paths...> { pem_file <paths...> }`."""
        return cls(pem_files=_some(cursor, _listed(cursor, "pem_file"), "certificates"))

    def authorities(self, context: Context) -> Authorities:
        """Those in the files."""
        return authorities_of_files(self.pem_files)


class PkiRootPool(TrustPool, frozen=True, tag="pki_root"):
    """The root certificates of authorities of our own."""

    authority: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> PkiRootPool:
        """`pki_root <ids...> { authority <ids...> }`."""
        return cls(authority=_some(cursor, _listed(cursor, "authority"), "authorities"))


class PkiIntermediatePool(TrustPool, frozen=True, tag="pki_intermediate"):
    """The intermediate certificates of authorities of our own."""

    authority: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> PkiIntermediatePool:
        """`pki_intermediate <ids...> { authority <ids...> }`."""
        return cls(authority=_some(cursor, _listed(cursor, "authority"), "authorities"))


class StoragePool(TrustPool, frozen=True, tag="storage"):
    """Certificates in a storage, the configured one if none is named."""

    storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    pem_keys: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> StoragePool:
        """`storage <keys...> { storage <module>; keys <keys...> }`."""
        keys = cursor.texts()
        rows = {
            "keys": Row("pem_keys", any_texts, adds=True),
            "storage": Row("storage", partial(_guest, Storage, adaptation)),
        }
        fields = read_block(cursor, rows, unknown=UNKNOWN)
        return cls(storage=fields.get("storage", msgspec.UNSET), pem_keys=keys + fields.get("pem_keys", ()))


class EndpointTls(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the endpoints of a pool are spoken to."""

    ca: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    insecure_skip_verify: bool = False
    handshake_timeout: Duration = 0
    server_name: str = ""
    renegotiation: str = ""


class HttpPool(TrustPool, frozen=True, tag="http"):
    """Certificates that are fetched, in PEM."""

    endpoints: tuple[str, ...] = ()
    tls: EndpointTls | None = None

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> HttpPool:
        """`http <endpoints...> { endpoints <urls...>; tls { … } }`."""
        endpoints = cursor.texts()
        rows = {
            "endpoints": Row("endpoints", texts, adds=True),
            "tls": Row("tls", partial(_endpoint_tls, adaptation)),
        }
        fields = read_block(cursor, rows, unknown=UNKNOWN)
        return cls(endpoints=endpoints + fields.get("endpoints", ()), tls=fields.get("tls"))


class SystemPool(TrustPool, frozen=True, tag="system"):
    """What the operating system trusts."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> SystemPool:
        """`system`."""
        cursor.finish()
        if cursor.segment.block:
            raise cursor.error("system trust pool does not support any configuration")
        return cls()

    def authorities(self, context: Context) -> Authorities:
        """All of the system's."""
        return Authorities(system=True)


class CombinedPool(TrustPool, frozen=True, tag="combined"):
    """Several pools as one."""

    sources: tuple[msgspec.Raw, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> CombinedPool:
        """`combined { source <pool> …; … }`."""
        cursor.finish()
        sources: tuple[Any, ...] = tuple(_sources(cursor, adaptation))
        return cls(sources=_some(cursor, sources, "sources"))

    def authorities(self, context: Context) -> Authorities:
        """Those of all its pools."""
        guests = [context.registry.guest(TrustPool, raw, "sources") for raw in self.sources]
        return sum((guest.authorities(context) for guest in guests), Authorities())


TRUST_POOLS: tuple[type[TrustPool], ...] = (
    CombinedPool,
    FilePool,
    HttpPool,
    InlinePool,
    PkiIntermediatePool,
    PkiRootPool,
    StoragePool,
    SystemPool,
)


def _sources(cursor: Cursor, adaptation: Adaptation) -> Iterator[msgspec.Raw]:
    for line in cursor.block():
        if line.name != "source":
            raise line.error(UNKNOWN.format(line.name))
        yield _guest(TrustPool, adaptation, line)


def _listed(cursor: Cursor, name: str) -> tuple[str, ...]:
    """Arguments on the module's own line, then those of the lines of one name in its block."""
    first = cursor.texts()
    fields = read_block(cursor, {name: Row("values", any_texts, adds=True)}, unknown=UNKNOWN)
    return (*first, *fields.get("values", ()))


def _some(cursor: Cursor, values: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    if not values:
        raise cursor.error(f"no {what} specified")
    return values


def _guest(base: type[Module], adaptation: Adaptation, cursor: Cursor) -> msgspec.Raw:
    return adaptation.emit(adaptation.guest(base, cursor))


def _endpoint_tls(adaptation: Adaptation, cursor: Cursor) -> EndpointTls:
    rows = {
        "ca": Row("ca", partial(_guest, TrustPool, adaptation)),
        "insecure_skip_verify": Row("insecure_skip_verify", flag),
        "handshake_timeout": Row("handshake_timeout", duration),
        "server_name": Row("server_name", text),
        "renegotiation": Row("renegotiation", _renegotiation),
    }
    return EndpointTls(**read_block(cursor, rows, unknown=UNKNOWN))


def _renegotiation(cursor: Cursor) -> str:
    level = cursor.text()
    if level not in ("never", "once", "freely"):
        raise cursor.error(f"unrecognized renegotiation level: {level}")
    return level
