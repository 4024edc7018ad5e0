"""HPACK, reading (RFC 7541): blocks of a connection, in order, to lists of fields."""

from __future__ import annotations

from ..errors import HandlerError
from ..http.headers import HeaderList
from .codes import Code, ConnectionFault
from .huffman import decode as unhuffman
from .static_table import FIRST_DYNAMIC, OVERHEAD, STATIC

TABLE_SIZE = 4096
"""Bytes of table that a peer may have us keep; the protocol's default, and what nginx and Go offer."""

_LONGEST_NUMBER = 5
"""Bytes of a number beyond its prefix; 28 bits are more than any block of ours holds."""


class Decoder:
    """One direction's table. `generation` changes when the table does: the same block then may mean something else."""

    def __init__(self) -> None:
        self.generation = 0
        self._entries: HeaderList = []
        """The newest is last."""
        self._size = 0
        self._limit = TABLE_SIZE

    def decode(self, block: bytes, *, bytes_at_most: int, fields_at_most: int) -> HeaderList:
        """The block's fields. ConnectionFault if it is no HPACK; HandlerError 431 if the list is too large.

        A list that is too large is read to its end, since later blocks refer to what it puts into the table, but it is
        not kept: a byte may stand for a field of 4 KiB (HPACK bomb, CVE-2016-6581).
        """
        try:
            at = self._resize(block)
            fields, size = self._fields(block, at, bytes_at_most, fields_at_most)
        except IndexError:
            raise ConnectionFault(Code.COMPRESSION_ERROR, "header block ends inside a field") from None
        if size > bytes_at_most or len(fields) > fields_at_most:
            raise HandlerError(431, "too many or too large headers")
        return fields

    def _resize(self, block: bytes) -> int:
        """Take the changes of the table's size, which stand at a block's start only (section 4.2); what is behind."""
        at = 0
        while at < len(block) and block[at] & 0xE0 == 0x20:
            size, at = _number(block, at, 0x1F)
            if size > TABLE_SIZE:
                raise ConnectionFault(Code.COMPRESSION_ERROR, "header table larger than allowed")
            self._limit = size
            self._make_room(0)
            self.generation += 1
        return at

    def _fields(self, block: bytes, at: int, bytes_at_most: int, fields_at_most: int) -> tuple[HeaderList, int]:
        fields: HeaderList = []
        size = 0
        end = len(block)
        while at < end:
            first = block[at]
            if first & 0x80:
                index, at = (first & 0x7F, at + 1) if first != 0xFF else _number(block, at, 0x7F)
                field = self._at(index)
            else:
                field, at = self._literal(block, at, first)
            size += len(field[0]) + len(field[1]) + OVERHEAD
            if size <= bytes_at_most and len(fields) <= fields_at_most:
                fields.append(field)
        return fields, size

    def _literal(self, block: bytes, at: int, first: int) -> tuple[tuple[bytes, bytes], int]:
        if first & 0xE0 == 0x20:
            raise ConnectionFault(Code.COMPRESSION_ERROR, "header table resized inside a block")
        index, at = _number(block, at, 0x3F if first & 0x40 else 0x0F)
        if index:
            name = self._at(index)[0]
        else:
            name, at = _string(block, at)
        value, at = _string(block, at)
        if first & 0x40:
            self._add((name, value))
        return (name, value), at

    def _at(self, index: int) -> tuple[bytes, bytes]:
        if 0 < index < FIRST_DYNAMIC:
            return STATIC[index]
        back = index - FIRST_DYNAMIC + 1
        if not 0 < back <= len(self._entries):
            raise ConnectionFault(Code.COMPRESSION_ERROR, "header index out of range")
        return self._entries[-back]

    def _add(self, field: tuple[bytes, bytes]) -> None:
        """An entry larger than the table empties it (section 4.4)."""
        size = len(field[0]) + len(field[1]) + OVERHEAD
        self._make_room(size)
        self.generation += 1
        if size <= self._limit:
            self._entries.append(field)
            self._size += size

    def _make_room(self, size: int) -> None:
        while self._entries and self._size + size > self._limit:
            name, value = self._entries.pop(0)
            self._size -= len(name) + len(value) + OVERHEAD


def _number(block: bytes, at: int, mask: int) -> tuple[int, int]:
    """A number whose prefix has the bits of `mask` (section 5.1), and where it ends."""
    number = block[at] & mask
    at += 1
    if number < mask:
        return number, at
    for shift in range(0, 7 * _LONGEST_NUMBER, 7):
        byte = block[at]
        at += 1
        number += (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ConnectionFault(Code.COMPRESSION_ERROR, "header number too large")


def _string(block: bytes, at: int) -> tuple[bytes, int]:
    """A string (section 5.2), and where it ends."""
    is_huffman = block[at] & 0x80
    length, at = _number(block, at, 0x7F)
    end = at + length
    if end > len(block):
        raise ConnectionFault(Code.COMPRESSION_ERROR, "header block ends inside a string")
    text = block[at:end]
    return (unhuffman(text) if is_huffman else text), end
