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


async def test_bodies_of_answers_are_refused_by_name():
    with pytest.raises(ConfigError, match="log_append of"):
        await fields({"key": "body", "value": "{http.response.body}"})


async def test_the_body_of_a_request_may_be_logged():
    exchange, _ = make("/x", method="POST", body=b"what was sent")
    await answer([{"handler": "log_append", "key": "body", "value": "{http.request.body}"}], exchange)
    assert exchange.log_fields["body"](exchange) == "what was sent"
