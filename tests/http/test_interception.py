"""Answers that are replaced, and how much of them is kept meanwhile."""

from __future__ import annotations

import pytest

from pogoproxy.errors import HandlerError
from pogoproxy.http.interception import InterceptingWriter, Responder
from pogoproxy.http.route import answer_nothing
from tests.exchanges import answer, make

ERRORS = {"match": {"status_code": [5]}}


def intercept(*handlers):
    return {"handler": "intercept", "handle_response": handlers}


async def test_only_what_matches_is_replaced():
    page = {"handler": "static_response", "body": "sorry for {http.intercept.status_code}", "status_code": 200}
    handler = intercept({**ERRORS, "routes": [{"handle": [page]}]})
    for status, body in ((200, b"first"), (503, b"sorry for 503")):
        exchange, recorder = make()
        await answer([handler, {"handler": "static_response", "body": "first", "status_code": status}], exchange)
        assert (recorder.status, recorder.body) == (200, body)


async def test_an_answer_that_nothing_replaces_is_sent_after_all():
    handler = intercept({"routes": [{"handle": [{"handler": "vars", "x": "y"}]}]})
    exchange, recorder = make()
    await answer([handler, {"handler": "static_response", "body": "first", "status_code": 404}], exchange)
    assert (recorder.status, recorder.body, recorder.finished) == (404, b"first", True)


async def test_what_is_kept_is_bounded():
    writer = InterceptingWriter(make()[0], [Responder(None, endpoint=answer_nothing)])
    await writer.start(200, [], None)
    with pytest.raises(HandlerError):
        for _ in range(17):
            await writer.write(bytes(1024 * 1024))
