"""`{$NAME}` and `{$NAME:default}`: the environment, put into the raw text before anything else reads it.

That early, because a value may hold several words, lines or braces. It also means that comments and quotes protect
nothing, and that places in the new text must be translated back before a user sees them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass
class Source:
    """A text with the environment put in, and the way back to the text as the user wrote it."""

    original: str
    text: str
    starts: list[int] = field(default_factory=list)
    """Where, in `text`, each stretch begins that was copied or inserted; empty if nothing was substituted."""
    origins: list[tuple[int, bool]] = field(default_factory=list)
    """For each stretch its offset in `original`, and whether it is a copy (else it is a value)."""
    unset: frozenset[str] = frozenset()
    """The variables that were not set and had no default."""

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column, from 1, in the original text, of an offset in the new one."""
        if self.starts:
            at = bisect_right(self.starts, offset) - 1
            origin, is_copy = self.origins[at]
            offset = origin + (offset - self.starts[at] if is_copy else 0)
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        while found := self.original.find("\n", starts[-1]) + 1:
            starts.append(found)
        return starts


def substitute(text: str, environ: Mapping[str, str]) -> Source:
    """Put the environment into a text. A set but empty variable stays empty; values are not scanned again."""
    if "{$" not in text:
        return Source(text, text)
    pieces: list[str] = []
    source = Source(text, "")
    unset: set[str] = set()
    length = done = 0

    def add(piece: str, origin: int, is_copy: bool) -> None:
        nonlocal length
        pieces.append(piece)
        source.starts.append(length)
        source.origins.append((origin, is_copy))
        length += len(piece)

    while (begin := text.find("{$", done)) >= 0 and (end := text.find("}", begin)) >= 0:
        add(text[done:begin], done, True)
        done = end + 1
        reference = text[begin + 2 : end]
        if not reference:  # `{$}` is left alone
            add(text[begin:done], begin, True)
            continue
        name, has_default, default = reference.partition(":")
        if name not in environ and not has_default:
            unset.add(name)
        add(environ.get(name, default), begin, False)
    add(text[done:], done, True)
    source.text = "".join(pieces)
    source.unset = frozenset(unset)
    return source
