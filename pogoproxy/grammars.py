"""The Lark grammars, each built once a process. The one place that imports Lark.

A grammar's rules become calls: for the rule `site`, the method `site(children)` of the class of actions, with the
list of what its parts returned. No tree is built in between, and nothing recurses, however deep the input nests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any, Protocol

import lark
from lark.lexer import Lexer

from .errors import PogoError


class Terminal(Protocol):
    """A token from a lexer of our own: `type` is the name of a terminal of the grammar."""

    @property
    def type(self) -> str:
        """The terminal's name."""


class SyntaxMistake(PogoError):
    """What came is not what the grammar allows there.

    `found` is the token, or None at the end of the input; `expected` are the terminals that would have been right.
    `offset`, `line` and `column` are set where the text was read by Lark's own lexer.
    """

    def __init__(self, found: Any, expected: Iterable[str], place: tuple[int, int, int] = (0, 1, 1)) -> None:
        super().__init__("unexpected end" if found is None else f"unexpected {found}")
        self.found = found
        self.expected = frozenset(expected)
        self.offset, self.line, self.column = place


class Grammar:
    """A built grammar; `parse` reads a text, `parse_terminals` what a lexer of our own made."""

    def __init__(self, parser: lark.Lark) -> None:
        self._parser = parser

    def parse(self, text: str) -> Any:
        """What the start rule's action returns; SyntaxMistake."""
        try:
            return self._parser.parse(text)
        except lark.UnexpectedInput as wrong:
            raise _mistake(wrong) from None

    def parse_terminals(self, terminals: Iterable[Terminal]) -> Any:
        """What the start rule's action returns; SyntaxMistake."""
        parser: Any = self._parser.parse_interactive()
        feed = parser.feed_token
        try:
            for terminal in terminals:
                feed(terminal)
            return parser.feed_eof()
        except lark.UnexpectedInput as wrong:
            raise _mistake(wrong) from None


def load(name: str, actions: type, *, start: str = "start") -> Grammar:
    """The grammar `grammar/NAME.lark`, read by Lark's lexer."""
    return _build(name, actions, start, False)


def load_for_terminals(name: str, actions: type, *, start: str = "start") -> Grammar:
    """The grammar `grammar/NAME.lark`, whose terminals are declared and come from a lexer of our own."""
    return _build(name, actions, start, True)


@cache
def _build(name: str, actions: type, start: str, has_own_lexer: bool) -> Grammar:
    text = resources.files("pogoproxy.grammar").joinpath(f"{name}.lark").read_text("utf-8")
    lexer: Any = _NoLexer if has_own_lexer else "contextual"
    return Grammar(lark.Lark(text, parser="lalr", lexer=lexer, start=start, transformer=actions()))


def _mistake(wrong: lark.UnexpectedInput) -> SyntaxMistake:
    place = (wrong.pos_in_stream or 0, wrong.line, wrong.column)
    if isinstance(wrong, lark.UnexpectedToken):
        found = None if wrong.token.type == "$END" else wrong.token
        return SyntaxMistake(found, wrong.accepts or wrong.expected, place)
    if isinstance(wrong, lark.UnexpectedCharacters):
        return SyntaxMistake(wrong.char, wrong.allowed or (), place)
    return SyntaxMistake(None, (), place)


class _NoLexer(Lexer):
    """Stands where Lark wants a lexer; the terminals are fed in one by one."""

    def __init__(self, conf: Any) -> None:
        """Lark hands its settings; there is nothing to set."""

    def lex(self, *_: Any) -> Iterator[lark.Token]:
        """No terminals of its own."""
        return iter(())
