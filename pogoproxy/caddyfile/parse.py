"""Text → tree: words expanded to rows, rows given to the grammar, and its mistakes worded as Caddy words them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import ConfigError, Span
from ..grammars import SyntaxMistake, load_for_terminals
from .expand import AFTER_CLOSE, AFTER_OPEN, Expansion, Reader
from .files import read_text
from .rows import Row, expects_more
from .tree import Caddyfile, NamedRoute, Segment, Site, Word

_VARIABLE = re.compile(r"\{\$([^}:]+)\}")
_UNMATCHED = "Unexpected '}' because no matching opening brace"
_EXTRA_COMMA = "Expected another address but had '{' - check for extra comma"


def parse(
    text: str,
    filename: str = "Caddyfile",
    *,
    environ: Mapping[str, str] = os.environ,
    read: Reader = read_text,
) -> Caddyfile:
    """A Caddyfile's tree, with the environment, snippets and imports expanded.

    `read` gives the text of an imported file by its path, or raises ConfigError. ConfigError at the first mistake,
    since what follows a mistake of structure means nothing.
    """
    if not text:
        raise ConfigError("EOF", Span(filename, 1), hint="the file is empty")
    expansion = Expansion(environ, read)
    trail = _Trail(expansion, expansion.rows(text, filename))
    try:
        blocks = load_for_terminals("caddyfile", _Actions).parse_terminals(trail)
    except SyntaxMistake as wrong:
        raise _worded(wrong, trail) from None
    if trail.opened:
        expansion.warnings.append(trail.unclosed())
    return _assemble(blocks, expansion, filename)


@dataclass
class _Block:
    """A block at the top of the file, before it is known what it is."""

    keys: list[Word]
    head: Row
    body: tuple[Segment, ...]
    is_braced: bool
    is_closed: bool = True


class _Actions:
    """The grammar's rules as calls; each takes its parts."""

    def start(self, blocks: list[_Block]) -> list[_Block]:
        return blocks

    def site(self, parts: list[Any]) -> _Block:
        *heads, body = parts
        if expects_more(heads[-1].words):
            raise heads[-1].last.error(_EXTRA_COMMA)
        return _Block(_keys(heads), heads[-1], body, True)

    def unclosed(self, parts: list[Any]) -> _Block:
        return replace(self.site(parts), is_closed=False)

    def closed_bare(self, parts: list[Any]) -> _Block:
        *heads, body = parts
        return _Block(_keys(heads), heads[-1], body, False)

    bare = closed_bare

    def body(self, segments: list[Segment]) -> tuple[Segment, ...]:
        return tuple(segments)

    def line(self, parts: list[Row]) -> Segment:
        words = parts[0].words
        last = words[-1]
        if last.text == "{}" and not last.quote:
            hint = "open a block with `{` and close it on a line of its own"
            raise last.error("Unexpected '{}' at end of line", hint=hint)
        return Segment(words)

    def block(self, parts: list[Any]) -> Segment:
        row, body, close = parts
        return Segment(row.words, body, close.last)


def _keys(heads: list[Row]) -> list[Word]:
    """The site addresses in these rows, without their commas."""
    keys = (_key(word) for row in heads for word in row.words)
    return [key for key in keys if key.text]


def _key(word: Word) -> Word:
    """A site address without its comma; ConfigError for what cannot be one."""
    if word.text.startswith("@"):
        rule = "request matchers may not be defined globally, they must be in a site block"
        raise word.error(f"{rule}; found {word.text}")
    if word.text.endswith("{") and not word.quote:
        advice = "put a space between the token and the brace"
        raise word.error(f"Site addresses cannot end with a curly brace: '{word.text}' - {advice}")
    address = word.text.removesuffix(",")
    if "," in address:
        advice = "put a space after the comma to separate site addresses"
        raise word.error(f"Site addresses cannot contain a comma ',': '{address}' - {advice}")
    return word if address == word.text else word.with_text(address)


def _assemble(blocks: list[_Block], expansion: Expansion, filename: str) -> Caddyfile:
    options: tuple[Segment, ...] | None = None
    hint = None
    sites = []
    routes = []
    blocks = [block for block in blocks if block.keys or block.body]  # as Caddy drops what is empty
    if blocks and not blocks[0].keys:
        first = blocks.pop(0)
        options, hint = first.body, _unset_address(first.head, expansion)
    for block in blocks:
        if not block.keys:
            wrong = "server block without any key is global configuration, and if used, it must be first"
            raise block.head.last.error(wrong, hint=_unset_address(block.head, expansion))
        name = block.keys[0]
        if len(block.keys) == 1 and name.text.startswith("&(") and name.text.endswith(")"):
            if not block.is_braced:
                raise name.error(f"syntax error: named route '{name.text}' needs a block, expecting '{{'")
            if not block.is_closed:
                raise expansion.never_closed(block.head)
            routes.append(NamedRoute(name.with_text(name.text[2:-1]), block.body))
        else:
            sites.append(Site(tuple(block.keys), block.body, block.is_braced))
    return Caddyfile(options, tuple(sites), tuple(routes), tuple(expansion.warnings), filename, hint)


def _unset_address(head: Row, expansion: Expansion) -> str | None:
    """A hint where a site's address came from variables that are not set, so that nothing was left of it."""
    if head.brace is None:
        return None
    line = expansion.texts[head.brace.file].split("\n")[head.brace.line - 1]
    unset = [name for name in _VARIABLE.findall(line, 0, head.brace.column - 1) if name not in expansion.environ]
    if not unset:
        return None
    missing = f"{{${unset[0]}}} is not set, so this block has no address and is read as the global options"
    return f"{missing}; set it, or give it a default, as in {{${unset[0]}:localhost}}"


@dataclass
class _Trail:
    """The rows on their way to the grammar, and what a mistake needs to know of them."""

    expansion: Expansion
    source: Iterator[Row]
    opened: list[Row] = field(default_factory=list)
    before: Row | None = None
    current: Row | None = None
    glued: Word | None = None
    """The first word that ends in a brace, which is an ordinary word and perhaps was not meant to be one."""

    def __iter__(self) -> Iterator[Row]:
        for row in self.source:
            self.before, self.current = self.current, row
            if self.glued is None and row.type == "LINE" and _looks_glued(row.words[-1]):
                self.glued = row.words[-1]
            yield row
            if row.depth > 0:
                self.opened.append(row)
            elif row.depth < 0 and self.opened:
                self.opened.pop()

    def unclosed(self) -> ConfigError:
        """The warning of a last block that is not closed, raised as a mistake unless Caddy lets it pass.

        Caddy only looks whether the file's last word is a closing brace, be it that of an inner block.
        """
        wrong = self.expansion.never_closed(self.opened[-1])
        if self.current is None or self.current.type != "_CLOSE":
            raise wrong
        return wrong


def _worded(wrong: SyntaxMistake, trail: _Trail) -> ConfigError:
    """Caddy's sentence for a row that came where the grammar does not have it."""
    row: Row | None = wrong.found
    if row is None:
        return trail.expansion.never_closed(trail.opened[-1]) if trail.opened else _end_after_keys(trail)
    kind = row.type
    if kind == "_CLOSE":
        return row.last.error(_UNMATCHED, hint=_glued_hint(trail.glued) if trail.glued else None)
    if kind == "LATE_CLOSE":
        return row.last.error(_UNMATCHED, hint="a closing brace stands on a line of its own")
    if kind == "_CLOSE_GLUED":
        return row.last.error(AFTER_CLOSE)
    if trail.before is not None and trail.before.type == "MORE" and "LINE" in wrong.expected and not trail.opened:
        return row.last.error(_EXTRA_COMMA)
    if kind.endswith("_GLUED"):
        return row.last.error(AFTER_OPEN)
    return row.last.error("Unexpected '{' on a new line; did you mean to place the '{' on the previous line?")


def _looks_glued(word: Word) -> bool:
    return word.text.endswith("{") and word.text != "{" and not word.quote


def _glued_hint(word: Word) -> str:
    return f"`{word.text}` on line {word.line} opens no block: put a space before its brace"


def _end_after_keys(trail: _Trail) -> ConfigError:
    assert trail.current is not None  # an empty file is a right one
    return trail.current.last.error("unexpected EOF", hint="another site address must follow the comma")
