"""Words → rows with every snippet and import expanded.

This comes before the grammar, because an import may stand for any run of words, even for half a block. Bodies of
snippets are kept as words and are looked at only where they are imported.

A few lines of imports can stand for more text than any machine holds, and a cycle for an endless one. So the imports
are a graph (`graph`) that must stay free of cycles, as in Caddy; and unlike in Caddy, what they bring in has bounds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from ..errors import ConfigError
from .arguments import Arguments
from .environment import substitute
from .files import FileMissing, matching, read_text
from .graph import ImportGraph
from .lexer import lex_source
from .rows import Row, lines, rows, words_of
from .suggest import did_you_mean
from .tree import Word

MAX_WORDS = 500_000
"""How many words imports may bring in: 5,000 sites that import a snippet of ten lines have 150,000."""
MAX_CHARACTERS = 16_000_000
MAX_IMPORTS = 50_000
MAX_CHAIN = 100
"""How deep imports may nest. Nobody needs ten."""
MAX_DEPTH = 64
"""How deep blocks may nest, since what reads the tree may recurse."""

Reader = Callable[[str], str]

AFTER_OPEN = "Unexpected next token after '{' on same line"
AFTER_CLOSE = "Unexpected next token after '}' on same line"
_END = "unexpected EOF"


@dataclass
class Expansion:
    """One run over one config: the snippets defined so far, the imports made so far, and what was noticed."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    read: Reader = read_text
    warnings: list[ConfigError] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """The files read so far, as they were written."""
    unclosed: Word | None = None
    """A word whose quote is never closed, which Caddy lets pass."""
    _snippets: dict[str, Sequence[Word]] = field(default_factory=dict)
    _graph: ImportGraph = field(default_factory=ImportGraph)
    _imports: int = 0
    _words: int = 0
    _characters: int = 0

    def rows(self, text: str, file: str) -> Iterator[Row]:
        """All rows of a text, with imports expanded and snippets taken out; ConfigError at the first mistake."""
        stream = _Stream(rows(self._lex(text, file)))
        place = _Place()
        for row in stream:
            place.come_to(row)
            if place.where is _Where.TOP and _is_snippet(row):
                self._define(row, stream)
            elif row.words and row.words[0].text == "import" and place.where is not _Where.HEADED:
                stream.push(rows(self._import(row, stream, place.where is not _Where.BODY)))
            else:
                place.pass_by(row)
                yield row

    def _lex(self, text: str, file: str) -> list[Word]:
        self.texts[file] = text
        words, unclosed = lex_source(substitute(text, self.environ), file)
        if unclosed is not None:
            self.unclosed = unclosed
            self.warnings.append(unclosed.error("this quote is never closed"))
        return words

    def never_closed(self, opening: Row) -> ConfigError:
        """The mistake of a block without its end, shown where it, or the quote that swallowed its end, begins."""
        if self.unclosed is not None:
            return self.unclosed.error(_END, hint="this quote is never closed")
        return opening.last.error(_END, hint="this block is never closed")

    def _define(self, row: Row, stream: _Stream) -> None:
        name = row.words[0].text[1:-1]
        if name in self._snippets:
            raise row.first.error(f"redeclaration of previously declared snippet {name}")
        if row.depth == 0:
            row = stream.opening(row)
        body = words_of(self._block(row, stream)[:-1])
        self._snippets[name] = [replace(word, snippet=name) for word in body]

    def _import(self, row: Row, stream: _Stream, is_top: bool) -> list[Word]:
        """The words that an import line stands for."""
        word, *args = row.words
        if not args:
            raise word.error("wrong argument count or unexpected line ending after 'import'")
        pattern = args.pop(0)
        if not pattern.text:
            raise pattern.error("Import requires a non-empty filepath")
        self._imports += 1
        if self._imports > MAX_IMPORTS:
            raise word.error(f"there are more than {MAX_IMPORTS:,} imports, counting those within imports")
        if len(word.imports) >= MAX_CHAIN:
            raise word.error(f"imports are nested more than {MAX_CHAIN} deep")
        arguments = Arguments.of(args, self._passed_block(row, stream))
        found, nodes = self._find(pattern)
        self._graph.connect(f"{word.file}:{word.snippet}" if word.snippet else word.file, nodes, pattern)
        return self._insert(found, word, arguments, is_top)

    def _block(self, opening: Row, stream: _Stream) -> list[Row]:
        """The rows of the block just opened, and the one that closes it."""
        block = stream.block()
        if not block:
            raise self.never_closed(opening)
        return block

    def _passed_block(self, row: Row, stream: _Stream) -> list[Word]:
        """The block that an import passes on, if it has one."""
        if row.depth == 0:
            return []
        *block, end = self._block(row, stream)
        for inner in (*block, end):
            if inner.type.endswith("_GLUED"):
                raise inner.last.error(AFTER_OPEN if inner.depth > 0 else AFTER_CLOSE)
        return words_of(block)

    def _find(self, pattern: Word) -> tuple[Sequence[Word], list[str]]:
        """The words that a pattern names, and the names of their origins in the graph of imports."""
        if (body := self._snippets.get(pattern.text)) is not None:
            return body, [f"{body[0].file}:{body[0].snippet}"] if body else []
        try:
            paths = matching(pattern.text, pattern.file)
        except ConfigError as wrong:
            raise pattern.error(wrong.message) from None
        if not paths:
            self.warnings.append(pattern.error(f"No files matching import glob pattern {pattern.text}"))
        return [word for path in paths for word in self._read(path, pattern)], paths

    def _read(self, path: str, pattern: Word) -> list[Word]:
        try:
            text = self.read(path)
        except FileMissing:
            hint = did_you_mean(pattern.text, self._snippets)
            raise pattern.error(f"File to import not found: {pattern.text}", hint=hint) from None
        except ConfigError as wrong:
            raise pattern.error(f"Could not import {pattern.text}: {wrong.message}") from None
        if not text.strip():
            self.warnings.append(pattern.error(f"Import file is empty: {path}"))
        return self._lex(text, path)

    def _insert(self, words: Iterable[Word], at: Word, arguments: Arguments, is_top: bool) -> list[Word]:
        """Imported words with their import chain and the arguments; snippets that they define stay as they are."""
        inserted: list[Word] = []
        depth = 0
        is_definition = False
        for line in lines(words):
            if is_top and depth == 0:
                is_definition = len(line) > 1 and _names_snippet(line[0]) and line[1].is_open
            label = f"import {line[0].snippet}" if line[0].snippet else "import"
            chain = (*at.imports, f"{at.file}:{at.line} ({label})")
            for word in line:
                depth += word.is_open - word.is_close
                tagged = word.imported(chain)
                new = (tagged,) if is_definition else arguments.insert(tagged, self.warnings.append)
                self._spend(new, at)
                inserted += new
        return inserted

    def _spend(self, words: Sequence[Word], at: Word) -> None:
        self._words += len(words)
        self._characters += sum([len(word.text) for word in words])
        if self._words > MAX_WORDS or self._characters > MAX_CHARACTERS:
            raise at.error(f"imports expand to more than {MAX_WORDS:,} words or {MAX_CHARACTERS:,} characters")


class _Stream:
    """Rows to come; what an import brings is pushed in front of them."""

    def __init__(self, first: Iterator[Row]) -> None:
        self._sources = [first]

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while self._sources:
            for row in self._sources[-1]:
                return row
            self._sources.pop()
        raise StopIteration

    def push(self, rows: Iterator[Row]) -> None:
        """Go on with these before anything else."""
        self._sources.append(rows)

    def opening(self, after: Row) -> Row:
        """The brace that must come on a row of its own."""
        row = next(self, None)
        if row is None:
            raise after.last.error(_END, hint="a block in braces must follow")
        if row.type not in {"OPEN", "OPEN_GLUED"}:
            if row.first.text == "import":
                first = "global options block must appear before import directives"
                raise row.first.error(f"{first}; move the global options block to the top of the Caddyfile")
            raise row.first.error(f"syntax error: unexpected token '{row.first.text}', expecting '{{'")
        return row

    def block(self) -> list[Row]:
        """The rows up to the one that closes the block just opened, with that; none if nothing closes it."""
        block: list[Row] = []
        depth = 1
        for row in self:
            block.append(row)
            depth += row.depth
            if depth == 0:
                return block
        return []


class _Where(Enum):
    TOP = auto()  # before a site, a snippet, a named route or the options
    KEYS = auto()  # within a site's keys, which go on
    HEADED = auto()  # after a row of keys that is complete
    BODY = auto()  # in a block, or in a site without braces


class _Place:
    """Where we are in the structure, as far as imports must know it."""

    def __init__(self) -> None:
        self.where = _Where.TOP
        self._depth = 0

    def come_to(self, row: Row) -> None:
        """A row of keys that no brace follows is the head of a site without braces."""
        if self.where is _Where.HEADED and not row.type.startswith("OPEN"):
            self.where, self._depth = _Where.BODY, 1

    def pass_by(self, row: Row) -> None:
        """Go past a row that is no import; ConfigError where it nests too deep."""
        if self.where is _Where.BODY or row.depth > 0:
            self._depth += row.depth
            self.where = _Where.BODY if self._depth > 0 else _Where.TOP
        elif row.words:
            self.where = _Where.KEYS if row.type == "MORE" else _Where.HEADED
        if self._depth > MAX_DEPTH:
            raise row.first.error(f"blocks are nested more than {MAX_DEPTH} deep")


def _is_snippet(row: Row) -> bool:
    return len(row.words) == 1 and row.type != "MORE" and _names_snippet(row.words[0])


def _names_snippet(word: Word) -> bool:
    return word.text.startswith("(") and word.text.endswith(")")
