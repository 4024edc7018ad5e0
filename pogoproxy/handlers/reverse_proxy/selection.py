"""Which upstream is asked next: the policies of `lb_policy`."""

from __future__ import annotations

from typing import ClassVar, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.readers import guest, integer_of, number
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, read_block
from ...caddyfile.tree import Word
from ...errors import ConfigError
from ...module import Duration, Module
from ...units import nanoseconds

_UNKNOWN = "unrecognized option '{}'"

Guest = msgspec.Raw | msgspec.UnsetType


class SelectionPolicy(Module, frozen=True, tag_field="policy"):
    """A guest of `load_balancing`; most policies are a name without arguments."""

    NAMESPACE: ClassVar[str] = "http.reverse_proxy.selection_policies"

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """The name alone."""
        cursor.finish_line()
        return cls()


class Random(SelectionPolicy, frozen=True, tag="random"):
    """Any upstream; the default."""


class First(SelectionPolicy, frozen=True, tag="first"):
    """The first that is available, in the order of the configuration."""


class RoundRobin(SelectionPolicy, frozen=True, tag="round_robin"):
    """One after the other."""


class LeastConnections(SelectionPolicy, frozen=True, tag="least_conn"):
    """The one with the fewest requests, any of them if there are several."""


class IPHash(SelectionPolicy, frozen=True, tag="ip_hash"):
    """By the address of the peer."""


class ClientIPHash(SelectionPolicy, frozen=True, tag="client_ip_hash"):
    """By the address of the client, as trusted proxies report it."""


class URIHash(SelectionPolicy, frozen=True, tag="uri_hash"):
    """By path and query."""


class RandomChoice(SelectionPolicy, frozen=True, tag="random_choose"):
    """The least loaded of `choose` random ones; 0 is 2."""

    choose: int = 0

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`random_choose <number>`."""
        return cls(choose=number(cursor))


class WeightedRoundRobin(SelectionPolicy, frozen=True, tag="weighted_round_robin"):
    """One after the other, each as often as its weight says; `weights` are in the order of the upstreams."""

    weights: tuple[int, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`weighted_round_robin <weights...>`."""
        return cls(weights=tuple(map(_weight, cursor.words(least=1))))


class QueryHash(SelectionPolicy, frozen=True, tag="query"):
    """By the values of a query key; by `fallback`, else at random, if the request has none."""

    key: str = ""
    fallback: Guest = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`query <key> { fallback <policy> }`."""
        return cls(key=cursor.text(), **read_block(cursor, _fallback(adaptation), unknown=_UNKNOWN))


class HeaderHash(SelectionPolicy, frozen=True, tag="header"):
    """By the value of a header field; by `fallback`, else at random, if the request has none."""

    field: str = ""
    fallback: Guest = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`header <field> { fallback <policy> }`."""
        return cls(field=cursor.text(), **read_block(cursor, _fallback(adaptation), unknown=_UNKNOWN))


class CookieHash(SelectionPolicy, frozen=True, tag="cookie"):
    """The upstream that a cookie names, which the first answer sets after `fallback` has chosen.

    The cookie's name is `lb` by default. Its value is the address's HMAC-SHA256 by `secret`, so that it tells a
    client nothing.
    """

    name: str = ""
    secret: str = ""
    max_age: Duration = 0
    fallback: Guest = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`cookie [<name> [<secret>]] { fallback <policy>; max_age <duration> }`."""
        name, secret = cursor.maybe(), cursor.maybe()
        cursor.finish()
        rows = _fallback(adaptation) | {
            "max_age": Row("max_age", _max_age, refuses={"max_age": "cookie max_age already specified"})
        }
        return cls(
            name=name.text if name else "",
            secret=secret.text if secret else "",
            **read_block(cursor, rows, unknown=_UNKNOWN),
        )


POLICIES: tuple[type[SelectionPolicy], ...] = (
    ClientIPHash,
    CookieHash,
    First,
    HeaderHash,
    IPHash,
    LeastConnections,
    QueryHash,
    Random,
    RandomChoice,
    RoundRobin,
    URIHash,
    WeightedRoundRobin,
)


def _fallback(adaptation: Adaptation) -> dict[str, Row]:
    read = guest(SelectionPolicy, adaptation)
    return {"fallback": Row("fallback", read, refuses={"fallback": "fallback selection policy already specified"})}


def _weight(word: Word) -> int:
    weight = integer_of(word)
    if weight < 0:
        raise word.error(f"invalid weight value '{word.text}': weight should be non-negative")
    return weight


def _max_age(cursor: Cursor) -> int:
    word = cursor.word()
    try:
        age = nanoseconds(word.text)
    except ConfigError:
        raise word.error(f"invalid duration: {word.text}") from None
    if age <= 0:
        raise word.error(f"invalid duration: {word.text}, max_age should be non-zero and positive")
    return age
