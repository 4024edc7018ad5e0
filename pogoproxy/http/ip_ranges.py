"""Ranges of addresses: who is meant, who is trusted."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from functools import lru_cache

from ..errors import ConfigError

_REMEMBERED = 4096
"""Addresses whose answer is kept; a front sees the same peers again and again."""


def in_ranges(ranges: Sequence[str]) -> Callable[[str], bool]:
    """Whether an address is in one of these, in CIDR form or single; ConfigError for what is neither."""
    try:
        networks = [ipaddress.ip_network(text, strict=False) for text in ranges]
    except ValueError as wrong:
        raise ConfigError(f"range of addresses: {wrong}") from None

    @lru_cache(_REMEMBERED)
    def contains(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in networks)

    return contains
