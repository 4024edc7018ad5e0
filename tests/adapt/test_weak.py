"""Values whose JSON type depends on their spelling."""

from __future__ import annotations

import pytest

from pogoproxy.adapt.weak import integer, scalar, weak


@pytest.mark.parametrize(
    ("text", "value"),
    [("404", 404), ("007", 7), ("-1", -1), ("true", True), ("false", False), ("{x}", "{x}"), ("", ""), ("1.5", "1.5")],
)
def test_a_weak_text_is_a_number_or_a_boolean_where_it_is_spelled_like_one(text: str, value: object) -> None:
    assert weak(text) == value
    assert type(weak(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "value"), [("1.5", 1.5), ("2.0", 2), ("1e3", 1000), (".5", 0.5), ("0x10", "0x10"), ("inf", "inf")]
)
def test_a_scalar_may_be_a_floating_point_number_too(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


@pytest.mark.parametrize("text", ["", "x", "1_000", "١", " 1", "1.0"])
def test_what_go_takes_for_no_integer_is_refused_in_its_words(text: str) -> None:
    with pytest.raises(ValueError, match="invalid syntax"):
        integer(text)


def test_an_integer_has_64_bits() -> None:
    assert integer(str(2**63 - 1)) == 2**63 - 1
    with pytest.raises(ValueError, match="value out of range"):
        integer(str(2**63))
