"""Trust pools: the authorities whose certificates are accepted, from clients and from upstreams."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, any_texts, duration, flag, read_block, text, texts
from ..module import Duration, Module
from .storage import Storage

UNKNOWN = "unrecognized directive: {}"


class TrustPool(Module, frozen=True, tag_field="provider"):
    """A set of certificates of authorities."""

    NAMESPACE = "tls.ca_pool.source"


class InlinePool(TrustPool, frozen=True, tag="inline"):
    """Certificates in the configuration, DER in base64."""

    trusted_ca_certs: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> InlinePool:
        """`inline { trust_der <certificates...> }`."""
        cursor.finish()
        fields = read_block(cursor, {"trust_der": Row("trusted_ca_certs", any_texts, adds=True)}, unknown=UNKNOWN)
        return cls(trusted_ca_certs=_some(cursor, fields.get("trusted_ca_certs", ()), "certificates"))


class FilePool(TrustPool, frozen=True, tag="file"):
    """Certificates in PEM files."""

    pem_files: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> FilePool:
        """`file <paths...> { pem_file <paths...> }`."""
        return cls(pem_files=_some(cursor, _listed(cursor, "pem_file"), "certificates"))


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


class CombinedPool(TrustPool, frozen=True, tag="combined"):
    """Several pools as one."""

    sources: tuple[msgspec.Raw, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> CombinedPool:
        """`combined { source <pool> …; … }`."""
        cursor.finish()
        sources: tuple[Any, ...] = tuple(_sources(cursor, adaptation))
        return cls(sources=_some(cursor, sources, "sources"))


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
