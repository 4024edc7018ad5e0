"""`client_ip <ranges...>`: the client's address, as trusted proxies report it."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..module import Context, MatcherModule
from .ip_ranges import IPRanges, in_expanded, written_out


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> IPRanges:
    """The ranges of all lines."""
    no_blocks(lines, "client_ip")
    return IPRanges(ranges=written_out(text for line in lines for text in line.texts()))


def provision(ranges: IPRanges, context: Context) -> Predicate:
    """Whether that address is in one of them."""
    contains = in_expanded(ranges)
    return lambda exchange: contains(exchange.client_ip, exchange)


MATCHER = MatcherModule("client_ip", IPRanges, syntax, provision)
