"""`remote_ip <ranges...>`: the address that the connection comes from."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..module import Context, MatcherModule
from .ip_ranges import IPRanges, in_expanded, written_out


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> IPRanges:
    """The ranges of all lines."""
    words = [word for line in lines for word in line.words()]
    for word in words:
        if word.text == "forwarded":
            raise word.error("the 'forwarded' option is no longer supported; use the 'client_ip' matcher instead")
    no_blocks(lines, "remote_ip")
    return IPRanges(ranges=written_out(word.text for word in words))


def provision(ranges: IPRanges, context: Context) -> Predicate:
    """Whether that address is in one of them."""
    contains = in_expanded(ranges)
    return lambda exchange: contains(exchange.remote[0], exchange)


MATCHER = MatcherModule("remote_ip", IPRanges, syntax, provision)
