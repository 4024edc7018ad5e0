"""The layout: by example, and to the byte beside Caddy's own `fmt`."""

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.caddyfile.format import first_difference, format_text
from pogoproxy.caddyfile.lexer import lex

PIECES = [
    *("a", "import", "x.com", "é", ",", "E", "{$X}", "{a}", "{}", "{", "}", "{ ", "} ", " ", "  ", "\t", "\u2003"),
    *("\n", "\n\n\n", "\r\n", "{\n", "\n}\n", '"', "`", "\\", "#", "# c", "<", "<<", "<<E", "\nE", "E\n", "\\{", '\\"'),
    *('"q r"', "`q`", "<<E\n b\n E\n", "import x\n{\n"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "\n"),
        ("a{$X}", "a{$X}\n"),
        (":80\nrespond   hi", ":80\nrespond hi\n"),
        ("a {\nb\n}", "a {\n\tb\n}\n"),
        ("a\n{\nb {\nc\n}\n}", "a {\n\tb {\n\t\tc\n\t}\n}\n"),
        ("a {\n}\nb {\n}", "a {\n}\nb {\n}\n"),
        ("a {\n\n\n\nb\n\n\n}", "a {\n\tb\n}\n"),
        ("a {\nb\n\n\n\nc\n}", "a {\n\tb\n\n\tc\n}\n"),
        ("a {\nb \\\n c\n}", "a {\n\tb \\\n c\n}\n"),
        ("import x\n{\nadmin off\n}", "import x\n{\n\tadmin off\n}\n"),
        ('a "b   c" `d\n  e`', 'a "b   c" `d\n  e`\n'),
        ("a <<E\n  b\n    c\n  E\nd", "a <<E\n  b\n    c\n  E\nd\n"),
        ("a # b   {\nc", "a # b   {\nc\n"),
        ("a {", "a {\n"),
        ("a {{b", "a {\n\t{b\n"),
        ("a {\r\nb\r\n}\r\n", "a {\n\tb\n}\n"),
    ],
)
def test_a_text_has_one_layout(text: str, expected: str) -> None:
    assert format_text(text) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n", None), ("a\r\nb\r\n", None), ("a", 1), ("a {\n\tb\n  c\n}\n", 3), ("a\n\n", 2)],
)
def test_the_first_line_that_differs_is_found(text: str, line: int | None) -> None:
    assert first_difference(text) == line


def test_formatting_twice_is_formatting_once(conformance: Path) -> None:
    for case in sorted((conformance / "adapt").iterdir()):
        once = format_text(case.read_text().partition("----------")[0])
        assert format_text(once) == once, case.name


def test_formatting_changes_no_word(conformance: Path) -> None:
    for case in sorted((conformance / "adapt").iterdir()):
        if "heredoc" in case.name:  # broken heredocs on purpose
            continue
        text = case.read_text().partition("----------")[0]
        assert [word.text for word in lex(format_text(text))] == [word.text for word in lex(text)], case.name


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_formatted_to_one_that_ends_in_one_line_break(text: str) -> None:
    formatted = format_text(text)
    assert formatted.endswith("\n")
    assert formatted == "\n" or not formatted[:-1].endswith("\n")


@pytest.mark.parametrize("text", ["{", "}", "\\", '"`', "<<E\n", "a{", "<<" + "a" * 1000, "\n ", "# {\n"])
def test_no_text_takes_more_than_linear_time(text: str) -> None:
    format_text(text * (200_000 // len(text)))


@pytest.mark.peer
def test_the_layout_is_caddys_to_the_byte(caddy: str, conformance: Path) -> None:
    chance = random.Random(2)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 30))) for _ in range(60)]
    for case in sorted((conformance / "adapt").iterdir())[::6]:
        text = case.read_text().partition("----------")[0]
        at = chance.randrange(len(text))
        texts += [text, text[:at] + chance.choice(PIECES) + text[at + 1 :]]
    for text in texts:
        done = subprocess.run([caddy, "fmt", "-"], input=text.encode(), capture_output=True, timeout=30, check=False)
        assert format_text(text).encode() == done.stdout, text
