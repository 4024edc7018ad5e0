"""Words: every rule of quotes, comments, escapes and heredocs, and the place of each word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.caddyfile.environment import substitute
from pogoproxy.caddyfile.lexer import lex
from pogoproxy.errors import ConfigError

PIECES = [
    *("a", " ", "\n", "\t", '"', "`", "\\", "#", "<", "<<", "<<E", "E", "\nE", "\r\n", "\r", "{", "}", "{$X}", "{$"),
    *("\\\n", '\\"', "\\<", "\u2003", "é", "\x00", "\ufeff", " <<E\n b\n E"),
]


def words(text: str, **environ: str) -> list[tuple[int, str]]:
    """Each word with the row that it belongs to."""
    return [(word.row, word.text) for word in lex(text, environ=environ)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n\t\r\n", []),
        ("a b\nc", [(1, "a"), (1, "b"), (2, "c")]),
        ("\ufeffa", [(1, "a")]),
        ("a\u2003b\x0bc", [(1, "a"), (1, "b"), (1, "c")]),
        ("a\r\nb\r\n", [(1, "a"), (2, "b")]),
        ("a\rb", [(1, "ab")]),
        # comments
        ("# a\nb # c\nd#e /x/#/y", [(2, "b"), (3, "d#e"), (3, "/x/#/y")]),
        ("a #", [(1, "a")]),
        ("a # b\\c\nd\ne", [(1, "a"), (1, "d"), (3, "e")]),
        # quotes
        ('"a b" ""', [(1, "a b"), (1, "")]),
        ('"a\nb" c\nd', [(1, "a\nb"), (2, "c"), (3, "d")]),
        (r'"a \"b\" \c \\"', [(1, r'a "b" \c \\')]),
        ('a"b c"', [(1, 'a"b'), (1, 'c"')]),
        ('"a"b', [(1, "a"), (1, "b")]),
        ('"a b', [(1, "a b")]),
        ('a "', [(1, "a")]),
        ('"a\r\nb"', [(1, "a\r\nb")]),
        ('`a " \\ b`', [(1, 'a " \\ b')]),
        ("`a\nb` c", [(1, "a\nb"), (2, "c")]),
        ("`a", [(1, "a")]),
        # backslashes
        (r"a\b \c d\\", [(1, r"a\b"), (1, r"\c"), (1, r"d\\")]),
        ("a \\\nb\nc", [(1, "a"), (1, "b"), (3, "c")]),
        ("a\\\r\nb", [(1, "a"), (1, "b")]),
        ("a\\ b", [(1, "a"), (1, "b")]),
        (" \\ b", [(1, r"\b")]),
        (r'\"a b"', [(1, r"\a b")]),
        ("a\\", [(1, "a")]),
        # heredocs
        ("<<E\na\n  b\nE c\nd", [(1, "a\n  b"), (4, "c"), (5, "d")]),
        ("<<E\n\ta\n\n\t\tb\n\tE", [(1, "a\n\n\tb")]),
        ("<<E\r\n a\r\n E\r\n", [(1, "a")]),
        ("<<E\n\nE", [(1, "")]),
        ("<<E\nE", [(1, "")]),
        ("<<E\na\nbE", ConfigError),
        ("<<E\nb\nbE", [(1, "")]),
        ("<<E b", [(1, "<<E"), (1, "b")]),
        ("<< b", [(1, "<<"), (1, "b")]),
        ("<<E", [(1, "<<E")]),
        ("<<E\n", []),
        (r"\<<E" + "\na", [(1, "<<E"), (2, "a")]),
        ('"<<E"\na', [(1, "<<E"), (2, "a")]),
        ("a<<E\nb", [(1, "a<<E"), (2, "b")]),
    ],
)
def test_a_text_is_these_words(text: str, expected: list[tuple[int, str]] | type[ConfigError]) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            lex(text)
    else:
        assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a <<\n",
            "missing opening heredoc marker on line #1; must contain only alphanumeric characters, dashes and "
            "underscores; got empty string",
        ),
        ("\na <<<E\nE\n", "too many '<' for heredoc on line #2; only use two, for example <<END"),
        (
            "a <<E!\nE!\n",
            "heredoc marker on line #1 must contain only alphanumeric characters, dashes and underscores; got 'E!'",
        ),
        ("a <<E\nb\n", "incomplete heredoc <<E on line #3, expected ending marker E"),
        (
            "a <<E\n b\n\tE\n",
            "mismatched leading whitespace in heredoc <<E on line #2 [ b], "
            "expected whitespace [\t] to match the closing marker",
        ),
    ],
)
def test_a_broken_heredoc_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        lex(text)
    assert caught.value.message == message
    assert caught.value.span is not None


@pytest.mark.parametrize(
    ("text", "quotes"),
    [('a "b" `c` <<E\nd\nE', ["", '"', "`", "<<"]), ('"a', [""]), ('"{" {', ['"', ""])],
)
def test_a_word_knows_how_it_was_quoted(text: str, quotes: list[str]) -> None:
    assert [word.quote for word in lex(text)] == quotes


def test_a_word_knows_its_line_and_column() -> None:
    text = 'a  "b\nc" d \\\n  e\n\t<<E\n x\n E f'
    places = [(word.text, word.line, word.column) for word in lex(text)]
    assert places == [("a", 1, 1), ("b\nc", 1, 4), ("d", 2, 4), ("e", 3, 3), ("x", 4, 2), ("f", 6, 4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{$A}", "1 2"),
        ("{$A:x}{$EMPTY:x}{$NONE:x}{$NONE}", "1 2x"),
        ("{$NONE:a:b}", "a:b"),
        ("{$}{$A", "{$}{$A"),
        ('# "{$A}"', '# "1 2"'),
        ("{$NESTED}", "{$A}"),
        ("{$NONE:{$A}}", "{$A}"),
    ],
)
def test_the_environment_is_put_into_the_raw_text(text: str, expected: str) -> None:
    assert substitute(text, {"A": "1 2", "EMPTY": "", "NESTED": "{$A}"}).text == expected


def test_words_from_the_environment_stand_where_their_variable_stands() -> None:
    found = lex("a {$V} b\nc", environ={"V": "1 2\n3"})
    assert [(word.text, word.line, word.column) for word in found] == [
        ("a", 1, 1),
        ("1", 1, 3),
        ("2", 1, 3),
        ("3", 1, 3),
        ("b", 1, 8),
        ("c", 2, 1),
    ]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_words_in_order_or_a_config_error(text: str) -> None:
    try:
        found = lex(text, environ={"X": 'v\n"w'})
    except ConfigError as wrong:
        assert wrong.span is not None
        return
    assert [word.row for word in found] == sorted(word.row for word in found)
    lines = text.split("\n")
    assert all(1 <= word.column <= len(lines[word.line - 1]) for word in found)


@pytest.mark.parametrize(
    "text",
    ['"', "`", "\\", '"\\', "a ", " ", "\\ ", "a\\", "<<E\n", "#\\", "{$", "{$X", "{$X}", "\r", "a\r", "\\\r", '"a" '],
)
def test_no_text_takes_more_than_linear_time(text: str) -> None:
    """Quadratic time would take hours at this length, and run into the time limit."""
    try:
        lex(text * (300_000 // len(text)), environ={"X": "ab"})
    except ConfigError as wrong:
        assert "heredoc" in wrong.message
