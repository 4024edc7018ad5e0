"""Static answers."""

from __future__ import annotations

import pytest

from pogoproxy.errors import ClientGone, HandlerError
from tests.exchanges import answer, make


def static(**fields: object) -> dict[str, object]:
    return {"handler": "static_response", **fields}


async def test_body_and_status_and_headers_may_hold_placeholders():
    exchange, recorder = make("/503")
    handler = static(
        status_code="{http.request.uri.path.0}",
        body="{http.request.method} {unknown}",
        headers={"X-{http.request.host}": ["a", "{http.request.uri.path}"]},
    )
    await answer([handler], exchange)
    assert (recorder.status, recorder.body) == (503, b"GET {unknown}")
    assert recorder.headers == [
        (b"X-example.com", b"a"),
        (b"X-example.com", b"/503"),
        (b"Content-Type", b"text/plain; charset=utf-8"),
    ]
    assert recorder.length == len(recorder.body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a": 1}', b"application/json"),
        (" [1]\n", b"application/json"),
        ("{not json}", b"text/plain; charset=utf-8"),
        ("text", b"text/plain; charset=utf-8"),
    ],
)
async def test_the_type_is_json_only_if_the_body_is(body, kind):
    exchange, recorder = make()
    await answer([static(body=body)], exchange)
    assert (b"Content-Type", kind) in recorder.headers


async def test_a_type_that_is_set_already_stays():
    exchange, recorder = make()
    await answer([static(body="x", headers={"Content-Type": ["text/html"]})], exchange)
    assert recorder.headers == [(b"Content-Type", b"text/html")]


async def test_early_hints_go_ahead_of_the_answer():
    exchange, recorder = make()
    await answer([static(status_code=103), static(body="x")], exchange)
    assert (recorder.informed, recorder.status) == ([103], 200)


async def test_a_status_that_is_none_fails():
    exchange, _ = make()
    with pytest.raises(HandlerError, match="status 'GET' is no number of three digits"):
        await answer([static(status_code="{http.request.method}")], exchange)


async def test_abort_cuts_the_connection():
    exchange, recorder = make()
    with pytest.raises(ClientGone):
        await answer([static(abort=True)], exchange)
    assert recorder.status == 0


async def test_close_says_so():
    exchange, recorder = make()
    await answer([static(close=True)], exchange)
    assert (b"Connection", b"close") in recorder.headers
