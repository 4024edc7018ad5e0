"""Declared rows: what each shape of a block becomes, and how each mistake is worded."""

from typing import Any

import pytest

from pogoproxy.caddyfile.cursor import Cursor
from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.syntax import Row, duration, flag, parted, read_block, read_parts, rows, size, text, texts
from pogoproxy.errors import ConfigError, ConfigErrors

ROWS = rows(root=text, index=texts, browse=flag, wait=duration, limit=size) | {"hide": Row("hidden", texts, adds=True)}


def directive(block: str) -> Cursor:
    """A cursor on a directive with this block."""
    options = parse(f"{{\nx {{\n{block}\n}}\n}}\n", environ={}).options
    assert options is not None
    return Cursor(options[0])


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ("", {}),
        ("root /srv", {"root": "/srv"}),
        ("index a b", {"index": ("a", "b")}),
        ("index a\nindex b", {"index": ("b",)}),
        ("hide a\nhide b c", {"hidden": ("a", "b", "c")}),
        ("browse", {"browse": True}),
        ("wait 1m\nlimit 1KiB", {"wait": 60_000_000_000, "limit": 1024}),
    ],
)
def test_a_block_becomes_fields(block: str, fields: dict[str, Any]) -> None:
    assert read_block(directive(block), ROWS) == fields


@pytest.mark.parametrize(
    ("block", "message", "hint"),
    [
        ("roof /srv", "unrecognized subdirective roof", "did you mean `root`?"),
        ("zzz", "unrecognized subdirective zzz", None),
        ("root", "wrong argument count or unexpected line ending after 'root'", None),
        ("root a b", "wrong argument count or unexpected line ending after 'b'", None),
        ("root {\n}", "unexpected token '{', expecting argument", None),
        ("index", "wrong argument count or unexpected line ending after 'index'", None),
        ("wait soon", 'time: invalid duration "soon"', None),
        ("limit 5x", "unhandled size name: x", None),
    ],
)
def test_a_mistake_in_a_block_is_worded(block: str, message: str, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        read_block(directive(block), ROWS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_all_mistakes_of_a_block_are_found_at_once() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_block(directive("roof\nwait x\nbrowse"), ROWS)
    assert [wrong.span.line for wrong in caught.value.mistakes if wrong.span] == [3, 4]


def test_a_block_that_no_reader_asked_for_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unexpected token '\{', expecting argument"):
        read_block(directive("root /srv {\nx\n}"), ROWS)


def test_a_row_without_a_field_sets_those_that_its_reader_returns() -> None:
    known = {"pair": Row("", lambda line: {"left": line.text(), "right": line.text()})}
    assert read_block(directive("pair a b"), known, given={"top": 1}) == {"top": 1, "left": "a", "right": "b"}


def test_a_field_that_refuses_another_is_refused_after_it() -> None:
    known = {"a": Row("a", text, refuses={"a": "a is already set"}), "b": Row("b", text, refuses={"a": "not after a"})}
    assert read_block(directive("b 1\na 2"), known) == {"b": "1", "a": "2"}
    with pytest.raises(ConfigErrors) as caught:
        read_block(directive("a 1\na 2\nb 3"), known)
    assert [wrong.message for wrong in caught.value.mistakes] == ["a is already set", "not after a"]


def test_a_block_may_fill_several_structs() -> None:
    parts = {"own": rows(root=text), "tls": rows(tls_curves=texts), "never": rows(wait=duration)}
    assert read_parts(directive("tls_curves x y\nroot /srv"), parts) == {
        "own": {"root": "/srv"},
        "tls": {"tls_curves": ("x", "y")},
    }
    with pytest.raises(ConfigError, match="unrecognized subdirective roof"):
        read_parts(directive("roof /srv"), parts)


def test_a_block_is_parted_by_the_names_of_its_subdirectives() -> None:
    own, others = parted(directive("root /srv\nwait 1s\nroot /www"), lambda name: name == "root")
    assert [line.text() for line in own.block()] == ["/srv", "/www"]
    assert read_block(others, rows(wait=duration)) == {"wait": 1_000_000_000}
