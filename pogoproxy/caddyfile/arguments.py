"""What `import` puts into the words it brings in: `{args[0]}`, `{args[1:]}`, `{block}` and `{blocks.name}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import ConfigError
from .rows import Row, rows, words_of
from .tree import Word

Warn = Callable[[ConfigError], None]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_ESCAPED_OR_REFERENCE = re.compile(
    r"\\(?P<brace>[{}])|\{args(?:\[(?P<index>[^{}]+)\]|\.(?P<old>[^{}]+))\}",
)


@dataclass(frozen=True)
class Arguments:
    """One import's arguments and block."""

    texts: Sequence[str] = ()
    block: Sequence[Word] = ()
    named_blocks: Mapping[str, Sequence[Word]] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Iterable[Word], block: Sequence[Word]) -> Arguments:
        """The arguments of an import line and the words between its braces."""
        return cls([word.text for word in args], block, _entries(rows(block)))

    def insert(self, word: Word, warn: Warn) -> Sequence[Word]:
        """The words that stand for an imported word: often just itself."""
        text = word.text
        if "{" not in text and "}" not in text:
            return (word,)
        if text == "{block}":
            return self.block
        if text.startswith("{blocks.") and text.endswith("}"):
            return self.named_blocks.get(text[len("{blocks.") : -1], ())
        if (chosen := self._range(word, warn)) is not None:
            return [word.with_text(argument) for argument in chosen]
        if "\\" not in text and "{args" not in text:
            return (word,)
        return (word.with_text(self._replace(word, warn)),)

    def _range(self, word: Word, warn: Warn) -> Sequence[str] | None:
        """The arguments of a word that is a range as a whole; None if it is something else or out of bounds."""
        text = word.text
        if not (text.startswith("{args[") and text.endswith("]}")):
            return None
        start, colon, end = text[len("{args[") : -len("]}")].partition(":")
        if not colon or "}" in start or "{" in end:
            return None
        if not all(bound == "" or _INTEGER.fullmatch(bound) for bound in (start, end)):
            warn(word.error(f"Variadic placeholder {text} has an invalid index"))
            return None
        count = len(self.texts)
        first, last = int(start or 0), int(end or count)
        if not 0 <= first <= last <= count:
            wrong = f"Variadic placeholder {text} indices are out of bounds, only {count} argument(s) exist"
            warn(word.error(wrong))
            return None
        return self.texts[first:last]

    def _replace(self, word: Word, warn: Warn) -> str:
        """The word's text with single arguments put in; an escaped brace loses its backslash on the way."""

        def one(found: re.Match[str]) -> str:
            if found["brace"]:
                return found["brace"]
            return self._single(word, found, warn)

        return _ESCAPED_OR_REFERENCE.sub(one, word.text)

    def _single(self, word: Word, found: re.Match[str], warn: Warn) -> str:
        index = found["index"] or found["old"]
        if ":" in index:
            warn(word.error(f"Variadic placeholder {found[0]} must be a token on its own"))
        elif not _INTEGER.fullmatch(index):
            warn(word.error(f"Placeholder {found[0]} has an invalid index"))
        elif not 0 <= int(index) < len(self.texts):
            wrong = f"Placeholder {found[0]} index is out of bounds, only {len(self.texts)} argument(s) exist"
            warn(word.error(wrong))
        else:
            if found["old"]:
                warn(word.error(f"Placeholder {found[0]} deprecated, use {{args[{index}]}} instead"))
            return self.texts[int(index)]
        return found[0]


def _entries(block: Iterable[Row]) -> dict[str, Sequence[Word]]:
    """A passed block's entries: the first word of each, and its other words with those of its own block."""
    entries: dict[str, Sequence[Word]] = {}
    inner: list[Row] = []
    head: Row | None = None
    depth = 0
    for row in block:
        depth += row.depth
        if head is not None:
            if depth > 0:
                inner.append(row)
                continue
            entries[head.words[0].text] = (*head.words[1:], *words_of(inner))
            head, inner = None, []
        elif not row.words:
            raise row.last.error("anonymous blocks are not supported")
        elif row.depth > 0:
            head = row
        else:
            entries[row.words[0].text] = row.words[1:]
    return entries
