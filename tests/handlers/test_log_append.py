"""`log_append` at work: fields for the access log, taken before or after the handlers."""

from __future__ import annotations

import pytest

from pogoproxy.errors import ConfigError
from tests.exchanges import answer, make


async def fields(*appended):
    exchange, _ = make("/x")
    handlers = [{"handler": "log_append", **one} for one in appended]
    vars = {"handler": "vars", "late": "set"}
    await answer([*handlers, vars, {"handler": "static_response"}], exchange)
    return {name: value(exchange) for name, value in exchange.log_fields.items()}


async def test_a_value_is_a_placeholder_a_variable_or_a_text():
    found = await fields(
        {"key": "path", "value": "{http.request.uri.path}"},
        {"key": "variable", "value": "late"},
        {"key": "text", "value": "constant"},
        {"key": "early", "value": "{http.vars.late}", "early": True},
    )
    assert found == {"path": "/x", "variable": "set", "text": "constant", "early": ""}


async def test_bodies_are_refused_by_name():
    with pytest.raises(ConfigError, match="log_append of"):
        await fields({"key": "body", "value": "{http.request.body}"})
