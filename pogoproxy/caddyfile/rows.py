"""Words → rows: what stands together on a line, cut at the braces. Rows are the terminals of the grammar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from .tree import Word

OPENING = frozenset({"OPEN", "OPEN_GLUED", "HEAD", "HEAD_GLUED"})
CLOSING = frozenset({"_CLOSE", "_CLOSE_GLUED", "LATE_CLOSE"})


@dataclass(frozen=True, slots=True)
class Row:
    """Some words of one line, without the brace that ended them; `type` as in `grammar/caddyfile.lark`."""

    type: str
    words: tuple[Word, ...]
    brace: Word | None = None

    @property
    def last(self) -> Word:
        """The brace, or else the last word."""
        return self.brace or self.words[-1]

    @property
    def first(self) -> Word:
        """The first word, or else the brace."""
        return self.words[0] if self.words else self.last

    @property
    def depth(self) -> int:
        """By how much the blocks are nested deeper after it."""
        return (self.type in OPENING) - (self.type in CLOSING)


def rows(words: Iterable[Word]) -> Iterator[Row]:
    """Cut words into rows."""
    for line in lines(words):
        yield from _cut(line)


def words_of(some: Iterable[Row]) -> list[Word]:
    """The words again, braces included."""
    return list(chain.from_iterable((*row.words, row.brace) if row.brace else row.words for row in some))


def lines(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Words grouped by line, never across a file or an import."""
    line: list[Word] = []
    for word in words:
        if line and starts_line(line[-1], word):
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def starts_line(before: Word, word: Word) -> bool:
    """Whether a word is not on the line of the one before it."""
    if before.file != word.file or before.imports != word.imports:
        return True
    return before.row < word.row and before.end_row < word.row


def _cut(line: list[Word]) -> Iterator[Row]:
    start = 0
    for at, word in enumerate(line):
        if not (word.is_open or word.is_close):
            continue
        before = tuple(line[start:at])
        glued = "_GLUED" if at + 1 < len(line) else ""
        start = at + 1
        if word.is_open:
            yield Row(("HEAD" if before else "OPEN") + glued, before, word)
        elif before:
            yield Row("LINE", before)
            yield Row("LATE_CLOSE", (), word)
        else:
            yield Row("_CLOSE" + glued, (), word)
    if rest := tuple(line[start:]):
        yield Row("MORE" if expects_more(rest) else "LINE", rest)


def expects_more(words: Iterable[Word]) -> bool:
    """Whether a list of site addresses goes on after these: the last that is not empty ends in a comma."""
    filled = [word for word in words if word.text]
    return bool(filled) and filled[-1].text.endswith(",")
