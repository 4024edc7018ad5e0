"""JSON as arguments and results have it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.jobs.values import decode_json, encode_json


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1}, object(), "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode_json(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises((ValueError, RecursionError)):
        encode_json(endless)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_a_value_is_what_the_standard_library_makes_of_it(value: object) -> None:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text = plain.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return
    assert encode_json(value) == text
    assert decode_json(text) == decode_json(b" \n" + text + b"\t ") == value


@pytest.mark.parametrize("text", [b"", b" ", b"{", b"1 2", b"{}x", b"\xff", b"nul"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        decode_json(text)
