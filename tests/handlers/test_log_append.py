"""`log_append` at work: fields for the access log, taken before or after the handlers."""

from __future__ import annotations

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


async def test_the_body_of_an_answer_may_be_logged_as_text_or_in_base64():
    exchange, response = make("/x")
    handlers = [
        {"handler": "log_append", "key": "body", "value": "{http.response.body}"},
        {"handler": "log_append", "key": "coded", "value": "{http.response.body_base64}", "early": True},
        {"handler": "static_response", "body": "what was said"},
    ]
    await answer(handlers, exchange)
    found = {name: value(exchange) for name, value in exchange.log_fields.items()}
    assert found == {"body": "what was said", "coded": "d2hhdCB3YXMgc2FpZA=="}
    assert response.body == b"what was said"


async def test_of_a_large_answer_the_first_mebibyte_is_logged():
    exchange, response = make("/x")
    large = {"handler": "static_response", "body": "a" * 3_000_000}
    await answer([{"handler": "log_append", "key": "body", "value": "{http.response.body}"}, large], exchange)
    assert len(exchange.log_fields["body"](exchange)) == 1 << 20
    assert len(response.body) == 3_000_000


async def test_the_body_of_a_request_may_be_logged():
    exchange, _ = make("/x", method="POST", body=b"what was sent")
    await answer([{"handler": "log_append", "key": "body", "value": "{http.request.body}"}], exchange)
    assert exchange.log_fields["body"](exchange) == "what was sent"
