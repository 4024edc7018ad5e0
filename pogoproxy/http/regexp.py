"""Regular expressions of a configuration, in RE2's language, which is Caddy's: the one import of re2.

RE2 takes time in proportion to the text, whatever the expression. Python's `re` backtracks, so that a client could stop
a front for minutes by one long path (ReDoS); and its `$` is also before a line end, so that `/admin%0A` would pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import re2

from ..errors import ConfigError

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Found:
    """What a pattern found in a text."""

    __slots__ = ("_match",)

    def __init__(self, match: Any) -> None:
        self._match = match

    def group(self, key: int | str) -> str:
        """What the group of that number or name found; nothing if it found nothing, or if there is none."""
        try:
            return _text(self._match.group(key) or b"")
        except (IndexError, KeyError):
            return ""

    def texts(self) -> list[str]:
        """What all groups found, by number, 0 being the whole."""
        return [_text(data or b"") for data in (self._match.group(), *self._match.groups())]


class Pattern:
    """A compiled expression. Bytes that are no UTF-8 are matched by nothing but are kept."""

    __slots__ = ("_pattern",)

    def __init__(self, pattern: Any) -> None:
        self._pattern = pattern

    def groups(self) -> list[tuple[str, int]]:
        """What its groups are called, with their numbers: the numbers themselves, and then names."""
        numbers = [(str(number), number) for number in range(self._pattern.groups + 1)]
        return [*numbers, *self._pattern.groupindex.items()]

    def search(self, text: str) -> Found | None:
        """The first place where it matches."""
        match = self._pattern.search(text.encode(errors="surrogateescape"))
        return None if match is None else Found(match)

    def sub(self, put: Callable[[Found], str], text: str) -> str:
        """The text with all that is found replaced; an empty match right behind another is none, as in Go."""
        data = text.encode(errors="surrogateescape")
        pieces: list[bytes] = []
        copied = at = 0
        last = -1
        while at <= len(data) and (match := self._pattern.search(data, at)) is not None:
            start, end = match.span()
            if end > last:
                pieces += data[copied:start], put(Found(match)).encode(errors="surrogateescape")
                copied = last = end
            at = end if end > at else at + _width(data, at)
        return _text(b"".join([*pieces, data[copied:]]))


def compile_regexp(text: str) -> Pattern:
    """An expression; ConfigError if it is none."""
    try:
        return Pattern(re2.compile(text, _OPTIONS))
    except UnicodeEncodeError:
        raise ConfigError(f"regular expression {text!r}: no UTF-8") from None
    except re2.error as wrong:
        reason = wrong.args[0]
        shown = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ConfigError(f"regular expression {text!r}: {shown}") from None


_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def substitute(pattern: Pattern, replacement: str, text: str) -> str:
    """Replace all that is found; `$1`, `${1}` and `${name}` stand for its groups, as in Go."""
    return pattern.sub(lambda found: expand(found, replacement), text)


def expand(found: Found, text: str) -> str:
    """The text with `$1`, `${1}` and `${name}` replaced by what the groups have found; `$$` is a dollar."""

    def group(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        return found.group(int(name) if name.isdigit() else name)

    return _REFERENCE.sub(group, text)


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def _width(data: bytes, at: int) -> int:
    """Bytes of the character there, so that no empty match cuts one in two."""
    end = at + 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return end - at
