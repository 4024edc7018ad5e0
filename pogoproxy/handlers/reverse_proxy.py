"""`reverse_proxy [<matcher>] [<upstreams...>] { to <upstreams...> }`: hands requests to upstreams."""

from __future__ import annotations

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_block
from ..caddyfile.tree import Word
from ..http.exchange import Middleware
from ..module import Context, Handler
from ..upstream.leg import Leg
from ..upstream.proxy import Proxy
from ..upstream.select import random_choice
from ..upstream.target import FixedTargets, Targets
from .upstream_address import dial_addresses


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One upstream: where to dial, and how many requests it takes at a time; 0 is any number."""

    dial: str = ""
    max_requests: int = 0


class ReverseProxy(Handler, frozen=True, tag="reverse_proxy"):
    """Hands requests to upstreams."""

    upstreams: tuple[Upstream, ...] = ()

    def provision(self, context: Context) -> Middleware:
        """The proxy; it answers in any case, so what follows never runs."""
        targets = context.service(Targets)
        source = FixedTargets(tuple(targets.at(upstream.dial) for upstream in self.upstreams))
        proxy = Proxy(source, random_choice(), Leg())
        return lambda _: proxy


def _upstreams(words: tuple[Word, ...]) -> tuple[Upstream, ...]:
    return tuple(Upstream(dial=dial) for word in words for dial in dial_addresses(word))


ROWS = {"to": Row("upstreams", lambda cursor: _upstreams(cursor.words()), adds=True)}


def syntax(cursor: Cursor, adaptation: Adaptation) -> ReverseProxy:
    """The upstreams."""
    upstreams = _upstreams(cursor.words())
    fields = read_block(cursor, ROWS)
    return ReverseProxy(upstreams=upstreams + fields.get("upstreams", ()))


DIRECTIVE = handler("reverse_proxy", syntax)
