"""Active health checks, as the upstream that is checked sees them."""

from __future__ import annotations

import asyncio
import re

import pytest

from pogoproxy.errors import ConfigError
from tests.wire import Client

GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REDIRECT = b"HTTP/1.1 %d Elsewhere\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"


class Checked:
    """Answers by path, and keeps what it was asked."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = answers
        self.seen: list[bytes] = []

    async def __call__(self, client: Client) -> None:
        while True:
            head = await client.head()
            length = re.search(rb"Content-Length: (\d+)", head)
            self.seen.append(head + (await client.exactly(int(length[1])) if length else b""))
            client.send(self.answers.get(head.split(b" ")[1].decode().strip("/"), OK))


def checking(dial: str, **active: object) -> dict[str, object]:
    checks = {"active": {"uri": "/check", "interval": "10ms", **active}}
    return {"handler": "reverse_proxy", "upstreams": [{"dial": dial}], "health_checks": checks}


async def settled(running, seen, status):
    """Ask until the health has become known and is what it should be."""
    async with asyncio.timeout(20):
        while (await running.ask(GET))[9:12] != status or len(seen) < 4:
            pass


@pytest.mark.parametrize(
    ("answer", "active", "status"),
    [
        (OK, {}, b"200"),
        (REDIRECT % (302, b"/there"), {}, b"503"),
        (REDIRECT % (302, b"/there"), {"expect_status": 3}, b"200"),
        (REDIRECT % (302, b"/there"), {"follow_redirects": True}, b"200"),
        (REDIRECT % (307, b"/check"), {"follow_redirects": True}, b"503"),
        (OK, {"expect_body": "^ok$"}, b"200"),
        (OK, {"expect_body": "fine"}, b"503"),
        (OK, {"expect_status": 204}, b"503"),
        (b"HTTP/1.1 204 None\r\n\r\n", {}, b"200"),
    ],
)
async def test_what_is_expected(origin, configured, answer, active, status):
    script = Checked(check=answer)
    async with origin(script) as upstream, configured(checking(upstream.dial, **active)) as running:
        await settled(running, script.seen, status)


async def test_a_redirect_stays_with_the_upstream(origin, configured):
    script = Checked(check=REDIRECT % (303, b"http://other.example/there?q"))
    headers = {"Host": ["h.example"], "X-Target": ["{http.reverse_proxy.active.target_upstream} {unknown}"]}
    active = {"method": "POST", "body": "hello", "headers": headers, "follow_redirects": True}
    async with origin(script) as upstream, configured(checking(upstream.dial, **active)) as running:
        await settled(running, script.seen, b"200")
        target = b"X-Target: %b {unknown}\r\n" % upstream.dial.encode()
    checks = [seen for seen in script.seen if b"X-Target" in seen]
    assert checks[:2] == [
        b"POST /check HTTP/1.1\r\nHost: h.example\r\n" + target + b"Content-Length: 5\r\n\r\nhello",
        b"GET /there?q HTTP/1.1\r\nHost: other.example\r\n" + target + b"\r\n",
    ]


async def test_an_expression_for_the_body_that_is_none_is_refused(configured):
    with pytest.raises(ConfigError, match="regular expression"):
        async with configured(checking("127.0.0.1:1", expect_body="(")):
            pass
