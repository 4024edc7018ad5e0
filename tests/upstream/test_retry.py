"""Further tries, and when they are not made."""

from __future__ import annotations

import pytest

from tests.wire import Client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nX-Why: w\r\nContent-Length: 4\r\n\r\nbusy"
GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"


class Turn:
    """Answers with each of its answers in turn, the last one for ever; None closes instead."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, client: Client) -> None:
        while head := await client.head():
            if b"Content-Length: 3" in head:
                assert await client.exactly(3) == b"abc"
            self.asked += 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is None:
                return
            client.send(answer)


def trying(dial: str, **balancing: object) -> dict[str, object]:
    return {"handler": "reverse_proxy", "upstreams": [{"dial": dial}], "load_balancing": {"retries": 2, **balancing}}


EXPRESSION = [{"expression": "{http.reverse_proxy.status_code} == 503"}]
BROKEN = [{"expression": "{http.reverse_proxy.is_transport_error} == true"}]


@pytest.mark.parametrize(
    "case",
    [
        ((None, OK), GET, {}, b"200", 2),
        ((None, OK), POST, {}, b"502", 1),
        ((None, OK), POST, {"retry_match": [{"method": ["POST"]}]}, b"200", 2),
        ((None, OK), GET, {"retry_match": [{"method": ["POST"]}]}, b"502", 1),
        ((None, OK), POST, {"retry_match": BROKEN}, b"200", 2),
        ((BUSY, OK), GET, {}, b"503", 1),
        ((BUSY, OK), GET, {"retry_match": [{"method": ["GET"]}]}, b"503", 1),
        ((BUSY, OK), GET, {"retry_match": EXPRESSION}, b"200", 2),
        ((BUSY, OK), POST, {"retry_match": EXPRESSION}, b"200", 2),
        ((BUSY, BUSY, OK), GET, {"retry_match": EXPRESSION}, b"200", 3),
        ((OK,), GET, {"retry_match": EXPRESSION}, b"200", 1),
        ((None,), GET, {}, b"502", 3),
    ],
)
async def test_tries(origin, configured, case):
    answers, request_bytes, balancing, status, asked = case
    script = Turn(*answers)
    async with origin(script) as upstream, configured(trying(upstream.dial, **balancing)) as running:
        assert (await running.ask(request_bytes))[9:12] == status
    assert script.asked == asked


async def test_the_last_answer_is_the_clients_whatever_it_says(origin, configured):
    script = Turn(BUSY)
    async with origin(script) as upstream, configured(trying(upstream.dial, retry_match=EXPRESSION)) as running:
        answer = await running.ask(GET)
    assert b"X-Why: w\r\n" in answer
    assert answer.endswith(b"busy")
    assert script.asked == 3
