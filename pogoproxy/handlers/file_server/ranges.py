"""Range requests (RFC 9110 section 14): which parts of a file are asked for, and how several go in one answer."""

from __future__ import annotations

from dataclasses import dataclass

_UNIT = "bytes="


class Unsatisfiable(Exception):
    """No range overlaps the file; the message is the client's answer (416)."""


class Malformed(Unsatisfiable):
    """The field is none of ranges of bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """`length` bytes from `start` on."""

    start: int
    length: int

    def content_range(self, size: int) -> bytes:
        """The field Content-Range."""
        return b"bytes %d-%d/%d" % (self.start, self.start + self.length - 1, size)


def parse(field: str, size: int) -> list[Part]:
    """The parts in the order in which they are asked for; none if the whole is the better answer.

    Parts that add up to more than the file are an attack or a mistake: repeating the file in one answer costs us and
    is of no use to anybody. Unsatisfiable if none overlaps, or Malformed.
    """
    if not field.startswith(_UNIT):
        raise Malformed("invalid range")
    parts: list[Part] = []
    is_beyond = False
    for item in filter(None, (item.strip() for item in field.removeprefix(_UNIT).split(","))):
        part = _part(item, size)
        is_beyond |= part is None
        if part is not None:
            parts.append(part)
    if is_beyond and not parts:
        if size == 0:
            return []
        raise Unsatisfiable("invalid range: failed to overlap")
    return [] if sum(part.length for part in parts) > size else parts


def _part(item: str, size: int) -> Part | None:
    """One range of the list; None if it begins beyond the end."""
    first, dash, last = (piece.strip() for piece in item.partition("-"))
    if not dash or not (first or last):
        raise Malformed("invalid range")
    if not first:
        length = min(_number(last), size)
        return Part(size - length, length) if length else None
    start = _number(first)
    if start >= size:
        return None
    end = _number(last) if last else size - 1
    if last and start > end:
        raise Malformed("invalid range")
    return Part(start, min(end, size - 1) - start + 1)


def _number(text: str) -> int:
    # Digits alone, of a length that costs nothing to convert.
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Malformed("invalid range")
    return int(text)


@dataclass(frozen=True, slots=True)
class Multipart:
    """Several parts as `multipart/byteranges` (RFC 9110 section 14.6)."""

    parts: list[Part]
    size: int
    content_type: bytes | None
    boundary: bytes

    def head(self, number: int) -> bytes:
        """What stands before part `number`."""
        kind = b"" if self.content_type is None else b"Content-Type: %b\r\n" % self.content_type
        start = b"" if number == 0 else b"\r\n"
        where = self.parts[number].content_range(self.size)
        return b"%b--%b\r\nContent-Range: %b\r\n%b\r\n" % (start, self.boundary, where, kind)

    @property
    def end(self) -> bytes:
        """What stands after the last part."""
        return b"\r\n--%b--\r\n" % self.boundary

    @property
    def length(self) -> int:
        """Bytes in all."""
        framing = sum(len(self.head(number)) for number in range(len(self.parts))) + len(self.end)
        return framing + sum(part.length for part in self.parts)
