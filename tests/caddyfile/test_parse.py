"""The structure: sites, options, named routes, and each way to get it wrong."""

import pytest

from pogoproxy.caddyfile.expand import MAX_DEPTH
from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.tree import Caddyfile, Segment
from pogoproxy.errors import ConfigError


def plain(segment: Segment) -> object:
    """A segment as text, or as a pair of text and block."""
    text = " ".join(word.text for word in segment.words)
    return text if segment.block is None else (text, [plain(inner) for inner in segment.block])


def shape(tree: Caddyfile) -> list[object]:
    """The sites as pairs of keys and body."""
    return [([key.text for key in site.keys], [plain(segment) for segment in site.body]) for site in tree.sites]


def mistake(text: str) -> str:
    """The message of the mistake in a text, with its place."""
    with pytest.raises(ConfigError) as caught:
        parse(text, environ={})
    span = caught.value.span
    assert span is not None
    return f"{span.line}:{span.column} {caught.value.message}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n", []),
        ("# nothing\n", []),
        ("{\n}\n", []),
        (":80", [([":80"], [])]),
        (":80\nrespond hi\n", [([":80"], ["respond hi"])]),
        ("a, b,\nc d {\nlog\n}\n", [(["a", "b", "c", "d"], ["log"])]),
        ("a\n{\nlog\n}\n", [(["a"], ["log"])]),
        ("a , b {\n}\n", [(["a", "b"], [])]),
        ("a { log\n}\n", [(["a"], ["log"])]),
        ("a { }\nb {\n}", [(["a"], []), (["b"], [])]),
        ("a {\n} b {\n}", [(["a"], []), (["b"], [])]),
        ("a {\nx {\ny z\n}\n}\n", [(["a"], [("x", ["y z"])])]),
        ("a {\nx {\n}\n}\n", [(["a"], [("x", [])])]),
        ('a {\nx "{" {\n"}" y\n}\n}\n', [(["a"], [("x {", ["} y"])])]),
        (":80\nlog\n}\n:81 {\nlog\n}\n", [([":80"], ["log"]), ([":81"], ["log"])]),
        ("a {\nx 1, 2,\ny\n}\n", [(["a"], ["x 1, 2,", "y"])]),
        ("a {\nx \\\n 1\n}\n", [(["a"], ["x 1"])]),
    ],
)
def test_sites_in_all_their_shapes(text: str, expected: list[object]) -> None:
    assert shape(parse(text, environ={})) == expected


def test_a_first_block_without_keys_is_the_options() -> None:
    tree = parse("{\nadmin off\n}\n:80 {\n}\n", environ={})
    assert tree.options is not None
    assert [plain(segment) for segment in tree.options] == ["admin off"]
    assert len(tree.sites) == 1


def test_a_site_whose_address_is_unset_becomes_the_options_with_a_hint() -> None:
    tree = parse("{$SITE} {\nrespond hi\n}\n", environ={})
    assert tree.options is not None
    assert tree.options_hint == (
        "{$SITE} is not set, so this block has no address and is read as the global options; "
        "set it, or give it a default, as in {$SITE:localhost}"
    )
    assert parse("{\nrespond hi\n}\n", environ={}).options_hint is None


def test_a_named_route_is_not_a_site() -> None:
    tree = parse("&(shop) {\nrespond hi\n}\n", environ={})
    assert not tree.sites
    assert tree.routes[0].name.text == "shop"
    assert plain(tree.routes[0].body[0]) == "respond hi"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 EOF"),
        ("@m path /x\n", "1:1 request matchers may not be defined globally, they must be in a site block; found @m"),
        (
            "a{\n}",
            "1:1 Site addresses cannot end with a curly brace: 'a{' - put a space between the token and the brace",
        ),
        (
            "a,b {\n}",
            "1:1 Site addresses cannot contain a comma ',': 'a,b' - "
            "put a space after the comma to separate site addresses",
        ),
        ("a, {\n}", "1:4 Expected another address but had '{' - check for extra comma"),
        ("a,\n{\n}", "2:1 Expected another address but had '{' - check for extra comma"),
        ("a,\n", "1:1 unexpected EOF"),
        ("a {\n", "1:3 unexpected EOF"),
        ("a {\nb {\nc\n", "2:3 unexpected EOF"),
        ("a {\nb {\n}\nc\n", "1:3 unexpected EOF"),
        ("(s) {\nlog\n", "1:5 unexpected EOF"),
        ("(s)", "1:1 unexpected EOF"),
        ("(s)\nlog\n", "2:1 syntax error: unexpected token 'log', expecting '{'"),
        (
            "(s)\nimport x\n",
            "2:1 global options block must appear before import directives; "
            "move the global options block to the top of the Caddyfile",
        ),
        ("}\n", "1:1 Unexpected '}' because no matching opening brace"),
        ("a {\nlog }\n}\n", "2:5 Unexpected '}' because no matching opening brace"),
        ("a {\nb { log\n}\n}\n", "2:3 Unexpected next token after '{' on same line"),
        ("a {\nb {\n} log\n}\n", "3:1 Unexpected next token after '}' on same line"),
        (
            "a {\nb\n{\n}\n}\n",
            "3:1 Unexpected '{' on a new line; did you mean to place the '{' on the previous line?",
        ),
        ("a {\nb {}\n}\n", "2:3 Unexpected '{}' at end of line"),
        (
            "a {\n}\n{\nadmin off\n}\n",
            "3:1 server block without any key is global configuration, and if used, it must be first",
        ),
        ("a {\n" * (MAX_DEPTH + 1), f"{MAX_DEPTH + 1}:1 blocks are nested more than {MAX_DEPTH} deep"),
    ],
)
def test_a_mistake_is_worded_and_placed(text: str, expected: str) -> None:
    assert mistake(text) == expected


def test_a_last_block_that_is_not_closed_passes_where_caddy_lets_it() -> None:
    tree = parse("a {\nb {\n}\n", environ={})
    assert shape(tree) == [(["a"], [("b", [])])]
    assert [warning.message for warning in tree.warnings] == ["unexpected EOF"]


def test_a_brace_without_its_space_is_hinted_at() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("a {\nhandle{\nlog\n}\n}\n")
    assert caught.value.hint == "`handle{` on line 2 opens no block: put a space before its brace"


def test_a_quote_that_swallows_the_end_is_the_mistake_that_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        parse('a {\nrespond "hi\n}\n')
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (2, 9)
    assert caught.value.hint == "this quote is never closed"


def test_a_quote_that_is_never_closed_is_otherwise_a_warning() -> None:
    assert [warning.message for warning in parse('a\nrespond "hi').warnings] == ["this quote is never closed"]
