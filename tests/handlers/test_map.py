"""`map` at work: values that are worked out when somebody asks for them."""

from __future__ import annotations

import pytest

from pogoproxy.errors import ConfigError
from tests.exchanges import answer, make

SHOWN = {"handler": "static_response", "body": "{mapped}"}


def mapped(source, *mappings, **more):
    return {"handler": "map", "source": source, "destinations": ["{mapped}"], "mappings": list(mappings), **more}


async def test_a_source_may_be_set_after_the_map():
    exchange, recorder = make()
    await answer(
        [mapped("{http.vars.late}", {"input": "x", "outputs": ["y"]}), {"handler": "vars", "late": "x"}, SHOWN],
        exchange,
    )
    assert recorder.body == b"y"


async def test_the_first_map_of_a_destination_counts():
    exchange, recorder = make()
    one, two = mapped("x", {"input": "x", "outputs": ["one"]}), mapped("x", {"input": "x", "outputs": ["two"]})
    await answer([one, two, SHOWN], exchange)
    assert recorder.body == b"one"


async def test_a_missing_output_is_left_to_later_inputs_and_to_the_default():
    exchange, recorder = make()
    rows = ({"input": "x", "outputs": [None]}, {"input_regexp": "^(.)$", "outputs": ["got $1"]})
    await answer([mapped("x", *rows), SHOWN], exchange)
    assert recorder.body == b"got x"
    exchange, recorder = make()
    await answer([mapped("long", *rows, defaults=["{http.request.method}"]), SHOWN], exchange)
    assert recorder.body == b"GET"


@pytest.mark.parametrize(
    "fields", [{"source": "a{mapped}"}, {"destinations": ["mapped"]}, {"destinations": ["{a}{b}"]}]
)
async def test_what_makes_no_sense_is_refused(fields):
    exchange, _ = make()
    with pytest.raises(ConfigError):
        await answer([mapped("x") | fields], exchange)
