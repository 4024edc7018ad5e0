"""Ranges of addresses in matchers and options; `private_ranges` stands for all that are private."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

PRIVATE_RANGES = ("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1")
"""In the order in which Caddy writes them out."""


class IPRanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Addresses, in CIDR form or single, possibly with placeholders."""

    ranges: tuple[str, ...] = ()


def written_out(texts: Iterable[str]) -> tuple[str, ...]:
    """The ranges with the private ones written out."""
    return tuple(text for given in texts for text in (PRIVATE_RANGES if given == "private_ranges" else (given,)))
