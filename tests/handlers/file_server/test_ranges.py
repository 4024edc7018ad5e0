"""Range requests as parts of a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.handlers.file_server.ranges import Part, Unsatisfiable, parse


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("bytes=0-0", [Part(0, 1)]),
        ("bytes=2-", [Part(2, 8)]),
        ("bytes=-3", [Part(7, 3)]),
        ("bytes=-30", [Part(0, 10)]),
        ("bytes=8-30", [Part(8, 2)]),
        ("bytes=0-1,20-,4-5", [Part(0, 2), Part(4, 2)]),
        ("bytes=0-,0-", []),
        ("bytes=", []),
    ],
)
def test_the_parts_of_ten_bytes(field, parts):
    assert parse(field, 10) == parts


@pytest.mark.parametrize("field", ["bytes=10-", "bytes=-0", "bytes=5-2", "bytes=x-", "bytes=-", "bytes=1", "lines=1-2"])
def test_what_cannot_be_satisfied_says_so(field):
    with pytest.raises(Unsatisfiable):
        parse(field, 10)


@given(st.text("bytes=0123456789-, ", max_size=40), st.integers(0, 1000))
def test_parts_are_never_outside_the_file_nor_more_than_it(items, size):
    try:
        parts = parse("bytes=" + items, size)
    except Unsatisfiable:
        return
    assert all(part.start >= 0 and part.length > 0 and part.start + part.length <= size for part in parts)
    assert sum(part.length for part in parts) <= size
