"""HPACK, writing (RFC 7541): lists of fields to the blocks of a connection, in order."""

from __future__ import annotations

from collections.abc import Iterable

from .static_table import FIRST_DYNAMIC, OVERHEAD, STATIC_FIELDS, STATIC_NAMES

_TABLE_SIZE = 4096

_UNREPEATED = frozenset(
    {
        b"content-length",
        b"content-range",
        b"etag",
        b"last-modified",
        b"location",
        b"set-cookie",
        b":path",
        b"x-request-id",
    }
)
"""Differ from message to message, and would only push out of the table what repeats."""

_SECRET = frozenset({b"authorization", b"proxy-authorization", b"cookie", b"set-cookie"})
"""Never indexed: who can add fields of his own to a connection could guess an indexed secret by the block's size
(section 7.1.3). It matters towards upstreams, whose connections carry many clients' requests."""


class Encoder:
    """One direction's table."""

    def __init__(self) -> None:
        self._places: dict[tuple[bytes, bytes], int] = {}
        """The number of each entry, counted from the first that was ever made; in that order."""
        self._made = 0
        self._size = 0
        self._limit = _TABLE_SIZE
        self._changed: list[int] = []

    def resize(self, limit: int) -> None:
        """The peer's SETTINGS_HEADER_TABLE_SIZE; we use no more than the default of it."""
        limit = min(limit, _TABLE_SIZE)
        if limit != self._limit:
            self._limit = limit
            self._make_room(0)
            self._changed = [min([limit, *self._changed]), limit] if self._changed else [limit]

    def encode(self, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
        """One block; names are in lower case, pseudo fields first."""
        block = bytearray()
        if self._changed:
            for limit in self._changed:
                block += _number(limit, 0x1F, 0x20)
            self._changed = []
        places = self._places
        for field in fields:
            index = STATIC_FIELDS.get(field)
            if index is None:
                place = places.get(field)
                if place is None:
                    block += self._literal(field)
                    continue
                index = self._made - place - 1 + FIRST_DYNAMIC
            if index < 0x7F:
                block.append(index | 0x80)
            else:
                block += _number(index, 0x7F, 0x80)
        return bytes(block)

    def _literal(self, field: tuple[bytes, bytes]) -> bytes:
        name, value = field
        size = len(name) + len(value) + OVERHEAD
        if name in _SECRET:
            form, mask = 0x10, 0x0F
        elif name in _UNREPEATED or size > self._limit // 4:
            form, mask = 0x00, 0x0F
        else:
            form, mask = 0x40, 0x3F
            self._add(field, size)
        index = STATIC_NAMES.get(name, 0)
        start = _number(index, mask, form) if index else bytes((form,)) + _string(name)
        return start + _string(value)

    def _add(self, field: tuple[bytes, bytes], size: int) -> None:
        self._make_room(size)
        self._places[field] = self._made
        self._made += 1
        self._size += size

    def _make_room(self, size: int) -> None:
        while self._places and self._size + size > self._limit:
            name, value = oldest = next(iter(self._places))
            del self._places[oldest]
            self._size -= len(name) + len(value) + OVERHEAD


def _number(number: int, mask: int, form: int) -> bytes:
    """A number behind a prefix with the bits of `mask` (section 5.1)."""
    if number < mask:
        return bytes((form | number,))
    number -= mask
    found = bytearray((form | mask,))
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _string(text: bytes) -> bytes:
    return _number(len(text), 0x7F, 0x00) + text
