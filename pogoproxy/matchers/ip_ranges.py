"""Ranges of addresses in matchers and options; `private_ranges` stands for all that are private."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ..errors import ConfigError
from ..http.exchange import Exchange
from ..http.ip_ranges import in_ranges
from ..http.placeholders import has_placeholders, template

PRIVATE_RANGES = ("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1")
"""In the order in which Caddy writes them out."""


class IPRanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Addresses, in CIDR form or single, possibly with placeholders."""

    ranges: tuple[str, ...] = ()


def written_out(texts: Iterable[str]) -> tuple[str, ...]:
    """The ranges with the private ones written out."""
    return tuple(text for given in texts for text in (PRIVATE_RANGES if given == "private_ranges" else (given,)))


def in_expanded(config: IPRanges) -> Callable[[str, Exchange], bool]:
    """Whether an address is in one of the ranges, some of which may have placeholders; ConfigError for no range."""
    fixed = in_ranges([text for text in config.ranges if not has_placeholders(text)])
    filled = [template(text) for text in config.ranges if has_placeholders(text)]
    if not filled:
        return lambda address, _: fixed(address)

    def contains(address: str, exchange: Exchange) -> bool:
        return fixed(address) or any(_is_in(address, fill(exchange)) for fill in filled)

    return contains


def _is_in(address: str, text: str) -> bool:
    try:
        return in_ranges([text])(address)
    except ConfigError:
        return False
