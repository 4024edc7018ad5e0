"""`{http.request.body}`."""

from __future__ import annotations

import pytest

from pogoproxy.errors import HandlerError
from pogoproxy.http.body import BytesBody
from tests.exchanges import answer, make

SHOWN = {"handler": "static_response", "body": "{http.request.body} {http.request.body_base64}"}


async def test_a_body_is_text_and_base64():
    exchange, recorder = make(method="POST", body=b"b\xc3\xb6dy")
    await answer([SHOWN], exchange)
    assert recorder.body == b"b\xc3\xb6dy YsO2ZHk="


async def test_what_follows_still_gets_the_body():
    exchange, _ = make(method="POST", body=b"body")
    await answer([{"handler": "vars", "seen": "{http.request.body}"}], exchange)
    assert exchange.vars["seen"] == "body"
    assert await exchange.body.read() == b"body"


async def test_a_handler_that_does_not_name_it_reads_nothing():
    exchange, _ = make(method="POST", body=b"body")
    await answer([{"handler": "static_response", "body": "x"}], exchange)
    assert exchange.body.received == 0


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_for_a_text_is_refused(declared):
    exchange, _ = make(method="POST")
    body = BytesBody(b"x" * (16 * 1024 * 1024 + 1))
    if not declared:
        body.length = None
    exchange.body = body
    with pytest.raises(HandlerError) as failure:
        await answer([SHOWN], exchange)
    assert failure.value.status == 413
