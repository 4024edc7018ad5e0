"""Grammars: rules become calls, and what does not fit is a mistake that says what would have."""

from collections.abc import Sequence
from dataclasses import dataclass

import lark
import pytest

from pogoproxy.grammars import Grammar, SyntaxMistake, load_for_terminals

SUM = """
start: NUMBER ("+" NUMBER)*
NUMBER: /[0-9]+/
%ignore " "
"""


class Sum:
    """The actions of the grammar above."""

    def start(self, numbers: Sequence[str]) -> int:
        return sum(map(int, numbers))


class Shape:
    """Actions for a Caddyfile that only count."""

    def start(self, blocks: Sequence[int]) -> int:
        return len(blocks)

    def site(self, parts: Sequence[object]) -> int:
        return 1

    closed_bare = bare = unclosed = site
    body = line = block = site


@dataclass
class Terminal:
    type: str


@pytest.fixture
def grammar() -> Grammar:
    return Grammar(lark.Lark(SUM, parser="lalr", transformer=Sum()))


def test_a_rule_is_a_call_with_what_its_parts_gave(grammar: Grammar) -> None:
    assert grammar.parse("1 + 20 + 300") == 321


@pytest.mark.parametrize(("text", "found", "offset"), [("1 2", "2", 2), ("1 + x", "x", 4)])
def test_a_mistake_says_what_and_where(grammar: Grammar, text: str, found: str, offset: int) -> None:
    with pytest.raises(SyntaxMistake) as caught:
        grammar.parse(text)
    assert (caught.value.found, caught.value.offset, caught.value.line) == (found, offset, 1)
    assert caught.value.column == offset + 1


def test_the_end_of_the_text_is_a_mistake_without_a_token(grammar: Grammar) -> None:
    with pytest.raises(SyntaxMistake) as caught:
        grammar.parse("1 +")
    assert caught.value.found is None
    assert caught.value.expected == {"NUMBER"}


def test_terminals_may_come_from_a_lexer_of_our_own() -> None:
    grammar = load_for_terminals("caddyfile", Shape)
    assert grammar is load_for_terminals("caddyfile", Shape)
    assert grammar.parse_terminals(map(Terminal, ["HEAD", "LINE", "_CLOSE", "LINE"])) == 2
    with pytest.raises(SyntaxMistake) as caught:
        grammar.parse_terminals(map(Terminal, ["HEAD", "OPEN"]))
    assert caught.value.found == Terminal("OPEN")
