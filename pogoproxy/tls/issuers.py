"""Issuers of certificates: the base, the local authority, and ZeroSSL's own interface. ACME has its own module."""

from __future__ import annotations

from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.weak import integer
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, flag, read_block, text
from ..module import Duration, Module
from .dns import DnsChallenge, challenge_rows, take_challenge


class Issuer(Module, frozen=True, tag_field="module"):
    """Gets certificates signed."""

    NAMESPACE = "tls.issuance"


class InternalIssuer(Issuer, frozen=True, tag="internal"):
    """Signs with an authority of our own, `local` unless `ca` names another one of the `pki` app."""

    ca: str = ""
    lifetime: Duration = 0
    sign_with_root: bool = False

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> InternalIssuer:
        """`internal { ca <id>; lifetime <duration>; sign_with_root }`."""
        cursor.finish()
        return cls(**read_block(cursor, _INTERNAL, unknown="unrecognized subdirective '{}'"))


_INTERNAL = {
    "ca": Row("ca", text),
    "lifetime": Row("lifetime", duration),
    "sign_with_root": Row("sign_with_root", flag),
}


class ZeroSslIssuer(Issuer, frozen=True, tag="zerossl"):
    """Gets certificates by ZeroSSL's own interface, which is not ACME."""

    api_key: str = ""
    validity_days: int = 0
    listen_host: str = ""
    alternate_http_port: int = 0
    cname_validation: DnsChallenge | None = None

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> ZeroSslIssuer:
        """`zerossl <api_key> { … }`."""
        key = cursor.only()
        rows = _ZEROSSL | challenge_rows(adaptation)
        del rows["dns_challenge_override_domain"]
        fields: dict[str, Any] = read_block(cursor, rows, unknown="unrecognized zerossl issuer property: {}")
        if fields.get("provider") is msgspec.UNSET:
            raise cursor.wrong_count()
        return cls(api_key=key, cname_validation=take_challenge(fields), **fields)


def _days(cursor: Cursor) -> int:
    return _number(cursor, "invalid number of days")


def port(cursor: Cursor) -> int:
    """One argument, a port number."""
    return _number(cursor, "invalid port")


def _number(cursor: Cursor, complaint: str) -> int:
    try:
        return integer(cursor.text())
    except ValueError as wrong:
        raise cursor.error(f"{complaint} {cursor.current.text}: {wrong}") from None


_ZEROSSL = {"validity_days": Row("validity_days", _days), "alt_http_port": Row("alternate_http_port", port)}
