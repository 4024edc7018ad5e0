"""The DNS challenge, by which a certificate authority sees that a name is ours, and the providers that answer it."""

from __future__ import annotations

from functools import partial

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, text, texts
from ..module import Duration, Module

FOREVER = -1
"""A propagation timeout that switches the check off."""


class DnsProvider(Module, frozen=True, tag_field="name"):
    """What edits the records of a zone."""

    NAMESPACE = "dns.providers"


class ExecProvider(DnsProvider, frozen=True, tag="exec"):
    """A command of yours: `<command> present|cleanup <name> <text>` adds or removes a TXT record."""

    command: tuple[str, ...]

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> ExecProvider:
        """`exec <command> [<arguments...>]`."""
        return cls(command=cursor.texts(least=1))


class DnsChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the challenge is answered; without a provider the one of the option `dns` does it."""

    provider: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    ttl: Duration = 0
    propagation_delay: Duration = 0
    propagation_timeout: Duration = 0
    resolvers: tuple[str, ...] = ()
    override_domain: str = ""


def named_provider(cursor: Cursor, adaptation: Adaptation) -> msgspec.Raw:
    """The provider that the rest of the line names; ConfigError if there is none of that name."""
    return adaptation.emit(adaptation.guest(DnsProvider, cursor))


def _provider(adaptation: Adaptation, cursor: Cursor) -> msgspec.Raw | msgspec.UnsetType:
    return named_provider(cursor, adaptation) if cursor.remaining else msgspec.UNSET


def _timeout(cursor: Cursor) -> int:
    word = cursor.peek()
    if word is not None and word.text == str(FOREVER):
        cursor.word()
        return FOREVER
    return duration(cursor)


def challenge_rows(adaptation: Adaptation) -> dict[str, Row]:
    """The subdirectives that set the challenge up; each fills a field of `DnsChallenge`."""
    return {
        "dns": Row("provider", partial(_provider, adaptation)),
        "propagation_delay": Row("propagation_delay", duration),
        "propagation_timeout": Row("propagation_timeout", _timeout),
        "resolvers": Row("resolvers", texts),
        "dns_ttl": Row("ttl", duration),
        "dns_challenge_override_domain": Row("override_domain", text),
    }


def take_challenge(fields: dict[str, object]) -> DnsChallenge | None:
    """The challenge that some fields describe, which are taken out; None if there are none of them."""
    own = {name: fields.pop(name) for name in DnsChallenge.__struct_fields__ if name in fields}
    return msgspec.structs.replace(DnsChallenge(), **own) if own else None
