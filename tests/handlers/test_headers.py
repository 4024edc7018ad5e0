"""Changes of header fields."""

from __future__ import annotations

import pytest

from pogoproxy.errors import ConfigError
from tests.exchanges import answer, make

ANSWER = {"handler": "static_response", "status_code": 200, "headers": {"X-Own": ["own"]}}


async def changed(headers: list[tuple[bytes, bytes]], **operations: object) -> list[tuple[bytes, bytes]]:
    exchange, _ = make("/p", headers=list(headers))
    await answer([{"handler": "headers", "request": operations}], exchange)
    return exchange.headers


async def test_fields_are_added_set_and_deleted():
    before = [(b"a", b"1"), (b"A", b"2"), (b"B", b"3"), (b"X-One", b"4"), (b"X-Two", b"5")]
    assert await changed(before, add={"A": ["6"]}) == [*before, (b"A", b"6")]
    assert (await changed(before, set={"A": ["{http.request.uri.path}", "{x}"]}))[:2] == [
        (b"A", b"/p,{x}"),
        (b"B", b"3"),
    ]
    assert await changed(before, delete=["a", "x-*"]) == [(b"B", b"3")]
    assert await changed(before, delete=["*Two", "*-o*"]) == before[:3]
    assert await changed(before, delete=["*"], add={"C": ["1"]}) == [(b"C", b"1")]


async def test_fields_that_are_set_together_replace_those_that_are_there():
    together = {"A": ["1"], "B": ["2"], "C": ["3", "4"]}
    expected = [(b"A", b"1"), (b"B", b"2"), (b"C", b"3,4")]
    assert await changed([], set=together) == expected
    assert await changed([(b"b", b"5"), (b"D", b"6"), (b"B", b"7")], set=together) == [
        (b"B", b"2"),
        (b"D", b"6"),
        (b"A", b"1"),
        (b"C", b"3,4"),
    ]
    assert await changed([], set={"A": ["1"], "a": ["2"]}) == [(b"a", b"2")]


async def test_values_are_replaced_by_text_and_by_expression():
    before = [(b"A", b"one two"), (b"B", b"one")]
    assert await changed(before, replace={"A": [{"search": "one", "replace": "1"}]}) == [
        (b"A", b"1 two"),
        (b"B", b"one"),
    ]
    change = {"search_regexp": "(o)(n)e", "replace": "$2${1}$$"}
    assert await changed(before, replace={"*": [change]}) == [(b"A", b"no$ two"), (b"B", b"no$")]


async def test_the_host_that_is_asked_changes_with_the_field():
    exchange, _ = make(headers=[(b"Host", b"example.com")])
    await answer([{"handler": "headers", "request": {"set": {"Host": ["other"]}}}], exchange)
    assert exchange.host == "other"


async def test_a_bad_expression_is_refused_with_its_place():
    exchange, _ = make()
    with pytest.raises(ConfigError, match="regular expression") as caught:
        await answer([{"handler": "headers", "request": {"replace": {"A": [{"search_regexp": "("}]}}}], exchange)
    assert caught.value.path == ".routes[0].handle[0]"


async def test_what_is_deferred_sees_the_answer_and_what_is_not_does_not():
    for deferred, expected in ((False, [(b"X-Own", b"own")]), (True, [])):
        exchange, recorder = make()
        operations = {"delete": ["X-Own"], "deferred": deferred}
        await answer([{"handler": "headers", "response": operations}, ANSWER], exchange)
        assert recorder.headers == expected


@pytest.mark.parametrize(
    ("require", "applies"),
    [
        ({"status_code": [2]}, True),
        ({"status_code": [404]}, False),
        ({"headers": {"X-Own": ["o*"]}}, True),
        ({"headers": {"X-Own": None}}, False),
        ({"headers": {"X-Other": None}}, True),
        ({"headers": {"X-Own": []}}, True),
    ],
)
async def test_an_operation_may_be_for_some_answers_only(require, applies):
    exchange, recorder = make()
    operations = {"set": {"X-New": ["1"]}, "require": require}
    await answer([{"handler": "headers", "response": operations}, ANSWER], exchange)
    assert ((b"X-New", b"1") in recorder.headers) == applies
