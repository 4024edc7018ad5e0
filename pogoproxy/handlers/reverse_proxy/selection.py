"""Which upstream is asked next: the policies of `lb_policy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.readers import guest, integer_of, number
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, read_block
from ...caddyfile.tree import Word
from ...errors import ConfigError
from ...http.placeholders import to_text
from ...http.request_placeholders import getter
from ...module import Context, Duration, Module, cannot_run
from ...units import nanoseconds, seconds
from ...upstream import select
from ...upstream.select import Policy
from ...upstream.target import Target

_UNKNOWN = "unrecognized option '{}'"

Guest = msgspec.Raw | msgspec.UnsetType


class SelectionPolicy(Module, frozen=True, tag_field="policy"):
    """A guest of `load_balancing`; most policies are a name without arguments."""

    NAMESPACE: ClassVar[str] = "http.reverse_proxy.selection_policies"

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """The policy at work among these targets; each policy has its own."""
        raise cannot_run(self)

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """The name alone."""
        cursor.finish_line()
        return cls()


class Random(SelectionPolicy, frozen=True, tag="random"):
    """Any upstream; the default."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.random_choice`."""
        return select.random_choice()


class First(SelectionPolicy, frozen=True, tag="first"):
    """The first that is available, in the order of the configuration."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.first`."""
        return select.first


class RoundRobin(SelectionPolicy, frozen=True, tag="round_robin"):
    """One after the other."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.round_robin`."""
        return select.round_robin()


class LeastConnections(SelectionPolicy, frozen=True, tag="least_conn"):
    """The one with the fewest requests, any of them if there are several."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.least_conn`."""
        return select.least_conn()


class IPHash(SelectionPolicy, frozen=True, tag="ip_hash"):
    """By the address of the peer."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.hashed`."""
        return select.hashed(lambda exchange: exchange.remote[0])


class ClientIPHash(SelectionPolicy, frozen=True, tag="client_ip_hash"):
    """By the address of the client, as trusted proxies report it."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.hashed`."""
        return select.hashed(lambda exchange: exchange.client_ip)


class URIHash(SelectionPolicy, frozen=True, tag="uri_hash"):
    """By path and query."""

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.hashed`."""
        return select.hashed(lambda exchange: exchange.uri)


class RandomChoice(SelectionPolicy, frozen=True, tag="random_choose"):
    """The least loaded of `choose` random ones; 0 is 2."""

    choose: int = 0

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`random_choose <number>`."""
        return cls(choose=number(cursor))

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.random_choose`; ConfigError for fewer than two."""
        if self.choose and self.choose < 2:
            raise ConfigError("a choice of the least loaded needs at least 2 upstreams", path="choose")
        return select.random_choose(self.choose or 2)


class WeightedRoundRobin(SelectionPolicy, frozen=True, tag="weighted_round_robin"):
    """One after the other, each as often as its weight says; `weights` are in the order of the upstreams."""

    weights: tuple[int, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`weighted_round_robin <weights...>`."""
        return cls(weights=tuple(map(_weight, cursor.words(least=1))))

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.weighted_round_robin`; ConfigError unless there is a weight for each upstream."""
        if len(self.weights) != len(targets) or not sum(self.weights):
            message = (
                f"{len(self.weights)} weights for {len(targets)} upstreams, of which one at least must be positive"
            )
            raise ConfigError(message, path="weights")
        return select.weighted_round_robin(dict(zip(targets, self.weights, strict=True)))


class QueryHash(SelectionPolicy, frozen=True, tag="query"):
    """By the values of a query key; by `fallback`, else at random, if the request has none."""

    key: str = ""
    fallback: Guest = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`query <key> { fallback <policy> }`."""
        return cls(key=cursor.text(), **read_block(cursor, _fallback(adaptation), unknown=_UNKNOWN))

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.hashed`."""
        key = getter(f"http.request.uri.query.{self.key}")
        return select.hashed(lambda exchange: to_text(key(exchange)), fallback_policy(self.fallback, context, targets))


class HeaderHash(SelectionPolicy, frozen=True, tag="header"):
    """By the value of a header field; by `fallback`, else at random, if the request has none."""

    field: str = ""
    fallback: Guest = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`header <field> { fallback <policy> }`."""
        return cls(field=cursor.text(), **read_block(cursor, _fallback(adaptation), unknown=_UNKNOWN))

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.hashed`."""
        value = getter(f"http.request.header.{self.field}")
        return select.hashed(
            lambda exchange: to_text(value(exchange)), fallback_policy(self.fallback, context, targets)
        )


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

    def provision(self, context: Context, targets: Sequence[Target]) -> Policy:
        """See `select.sticky`."""
        fallback = fallback_policy(self.fallback, context, targets)
        return select.sticky(self.name or "lb", self.secret, round(seconds(self.max_age)), fallback)


def fallback_policy(raw: Guest, context: Context, targets: Sequence[Target]) -> Policy:
    """The policy of a guest; any upstream if there is no guest."""
    if isinstance(raw, msgspec.UnsetType):
        return select.random_choice()
    policy = context.registry.guest(SelectionPolicy, raw, "fallback")
    return policy.provision(context, targets)


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
