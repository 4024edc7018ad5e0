"""Declared rows: what each shape of a block becomes, and how each mistake is worded."""

from typing import Any

import pytest

from pogoproxy.caddyfile.cursor import Cursor
from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.syntax import Row, duration, flag, read_block, rows, size, text, texts
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
