"""`reverse_proxy` with its options, between a client and scripted origins."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Any

import pytest

from pogoproxy.errors import ConfigError

LAST = b"GET /x?y HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nX-Up: u\r\nContent-Length: 2\r\n\r\nok"


class Recording:
    """An origin's script that keeps the heads it saw, and answers the same each time."""

    def __init__(self, response: bytes = OK) -> None:
        self.heads: list[bytes] = []
        self.response = response

    async def __call__(self, client: Any) -> None:
        while True:
            head = await client.head()
            length = re.search(rb"Content-Length: (\d+)", head)
            self.heads.append(head + (await client.exactly(int(length[1])) if length else b""))
            client.send(self.response)


def to(*origins: Any, **fields: Any) -> dict[str, Any]:
    return {"handler": "reverse_proxy", "upstreams": [{"dial": one.dial} for one in origins], **fields}


def free_dial() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


async def test_header_changes_go_up_and_down(origin, configured):
    script = Recording()
    changes = {
        "request": {"set": {"Host": ["{http.reverse_proxy.upstream.hostport}"], "X-M": ["{http.request.method}"]}},
        "response": {"set": {"X-Down": ["d"]}, "delete": ["X-Up"]},
    }
    async with origin(script) as upstream, configured(to(upstream, headers=changes)) as running:
        answer = await running.ask(LAST)
    assert b"X-Down: d\r\n" in answer
    assert b"X-Up" not in answer
    assert f"Host: {upstream.dial}\r\n".encode() in script.heads[0]
    assert b"X-M: GET\r\n" in script.heads[0]


async def test_the_request_line_may_be_another_for_the_upstream(origin, configured):
    script = Recording()
    rewrite = {"method": "PUT", "uri": "/other{http.request.uri.path}"}
    async with origin(script) as upstream, configured(to(upstream, rewrite=rewrite)) as running:
        await running.ask(LAST)
    assert script.heads[0].startswith(b"PUT /other/x?y HTTP/1.1\r\n")


async def test_a_status_may_be_replaced(origin, configured):
    handlers = [{"match": {"status_code": [2]}, "status_code": 418}]
    async with origin(Recording()) as upstream, configured(to(upstream, handle_response=handlers)) as running:
        answer = await running.ask(LAST)
    assert answer.startswith(b"HTTP/1.1 418 ")
    assert answer.endswith(b"\r\n\r\nok")


async def test_routes_may_answer_in_place_of_the_upstream(origin, configured):
    body = "{http.reverse_proxy.status_code} {http.reverse_proxy.header.X-Up}"
    routes = [{"handle": [{"handler": "static_response", "body": body}]}]
    async with origin(Recording()) as upstream:
        for match, expected in ((None, b"200 u"), ({"status_code": [404]}, b"ok")):
            handler = {"routes": routes} | ({"match": match} if match else {})
            async with configured(to(upstream, handle_response=[handler])) as running:
                assert (await running.ask(LAST)).endswith(expected)


async def test_routes_may_copy_the_answer_after_all(origin, configured):
    copies = [
        {"handler": "copy_response_headers", "include": ["X-Up"]},
        {"handler": "copy_response", "status_code": 201},
    ]
    handlers = [{"routes": [{"handle": copies}]}]
    async with origin(Recording()) as upstream, configured(to(upstream, handle_response=handlers)) as running:
        answer = await running.ask(LAST)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"X-Up: u\r\n" in answer
    assert answer.endswith(b"\r\n\r\nok")


def authorized_by(auth: Any) -> dict[str, Any]:
    """What `forward_auth` stands for."""
    return to(
        auth,
        rewrite={"method": "GET", "uri": "/auth"},
        headers={"request": {"set": {"X-Forwarded-Uri": ["{http.request.uri}"]}}},
        handle_response=[
            {
                "match": {"status_code": [2]},
                "routes": [
                    {
                        "handle": [
                            {"handler": "headers", "request": {"set": {"X-Up": ["{http.reverse_proxy.header.X-Up}"]}}}
                        ]
                    }
                ],
            }
        ],
    )


async def test_who_is_authorized_goes_on_with_body_and_all(origin, configured):
    allowing, script = Recording(), Recording()
    request = b"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"
    async with (
        origin(allowing) as auth,
        origin(script) as upstream,
        configured(authorized_by(auth), to(upstream)) as running,
    ):
        assert (await running.ask(request)).startswith(b"HTTP/1.1 200 ")
    assert allowing.heads[0].startswith(b"GET /auth HTTP/1.1\r\n")
    assert b"X-Forwarded-Uri: /x\r\n" in allowing.heads[0]
    assert script.heads[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert b"X-Up: u\r\n" in script.heads[0]
    assert script.heads[0].endswith(b"\r\n\r\nbody")


async def test_who_is_not_gets_what_the_authority_says(origin, configured):
    script = Recording()
    refusing = Recording(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
    async with (
        origin(refusing) as auth,
        origin(script) as upstream,
        configured(authorized_by(auth), to(upstream)) as running,
    ):
        assert (await running.ask(LAST)).startswith(b"HTTP/1.1 401 ")
    assert script.heads == []


async def test_a_buffered_chunked_body_gets_a_length(origin, configured):
    script = Recording()
    request = (
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    async with origin(script) as upstream, configured(to(upstream, request_buffers=1000)) as running:
        assert (await running.ask(request)).startswith(b"HTTP/1.1 200 ")
    assert b"Content-Length: 3\r\n" in script.heads[0]
    assert script.heads[0].endswith(b"\r\n\r\nabc")


async def test_a_body_without_a_length_is_limited_while_it_passes(origin, configured):
    request = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    limit = {"handler": "request_body", "max_size": 4}
    async with origin(Recording()) as upstream, configured(limit, to(upstream)) as running:
        answer = await running.ask(request + b"5\r\nabcde\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_cookie_keeps_a_client_with_its_upstream(origin, configured):
    balancing = {"selection_policy": {"policy": "cookie", "secret": "s"}}
    one, two = Recording(), Recording()
    async with (
        origin(one) as first,
        origin(two) as second,
        configured(to(first, second, load_balancing=balancing)) as running,
    ):
        cookie = re.search(rb"Set-Cookie: (lb=[0-9a-f]{64}); Path=/; ", await running.ask(LAST))
        assert cookie is not None
        seen = len(one.heads) > 0
        again = LAST[:-2] + b"Cookie: " + cookie[1] + b"\r\n\r\n"
        for _ in range(5):
            assert b"Set-Cookie" not in await running.ask(again)
        assert (len(one.heads), len(two.heads)) == ((6, 0) if seen else (0, 6))


async def test_a_target_that_fails_is_left_alone_for_a_while(origin, configured):
    checks = {"passive": {"fail_duration": "10s", "max_fails": 1}}
    balancing = {"selection_policy": {"policy": "first"}}
    async with origin(Recording()) as upstream:
        handler = to(upstream, load_balancing=balancing, health_checks=checks)
        handler["upstreams"].insert(0, {"dial": free_dial()})
        async with configured(handler) as running:
            assert [(await running.ask(LAST))[9:12] for _ in range(3)] == [b"502", b"200", b"200"]


async def test_a_bad_status_counts_as_a_failure(origin, configured):
    checks = {"passive": {"fail_duration": "10s", "unhealthy_status": [5]}}
    bad = Recording(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    async with origin(bad) as upstream, configured(to(upstream, health_checks=checks)) as running:
        assert [(await running.ask(LAST))[9:12] for _ in range(2)] == [b"500", b"503"]


async def test_active_checks_take_a_target_out_and_back_in(origin, configured):
    script = Recording(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    checks = {"active": {"uri": "/health", "interval": "10ms", "headers": {"Host": ["check"]}}}

    async def until(running: Any, status: bytes) -> None:
        async with asyncio.timeout(5):
            while (await running.ask(LAST))[9:12] != status:
                pass

    async with origin(script) as upstream, configured(to(upstream, health_checks=checks)) as running:
        await until(running, b"503")
        script.response = OK
        await until(running, b"200")
    assert script.heads[0].startswith(b"GET /health HTTP/1.1\r\n")
    assert script.heads[0].count(b"Host: ") == 1
    assert b"Host: check\r\n" in script.heads[0]


async def test_an_address_may_come_from_the_request(origin, configured):
    async with origin(Recording()) as upstream:
        handler = {"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:{http.request.header.To}"}]}
        async with configured(handler) as running:
            port = upstream.address[1]
            assert (await running.ask(LAST[:-2] + b"To: %d\r\n\r\n" % port)).startswith(b"HTTP/1.1 200 ")
            assert (await running.ask(LAST[:-2] + b"To: nowhere\r\n\r\n")).startswith(b"HTTP/1.1 502 ")


async def test_a_name_may_be_looked_up(origin, configured):
    async with origin(Recording()) as upstream:
        source = {"source": "a", "name": "127.0.0.1", "port": str(upstream.address[1])}
        async with configured({"handler": "reverse_proxy", "dynamic_upstreams": source}) as running:
            assert (await running.ask(LAST)).startswith(b"HTTP/1.1 200 ")


async def test_a_trusted_peer_may_speak_for_its_client(origin, configured):
    script = Recording()
    told = b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n\r\n"
    async with origin(script) as upstream:
        for ranges in ([], ["127.0.0.0/8"]):
            async with configured(to(upstream, trusted_proxies=ranges)) as running:
                await running.ask(LAST[:-2] + told)
    assert b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n" in script.heads[0]
    assert b"X-Forwarded-For: 1.2.3.4, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n" in script.heads[1]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"upstreams": []}, "reverse_proxy has no upstreams"),
        ({"upstreams": [{"dial": "no port"}]}, "upstream 'no port' is not of the form host:port"),
        ({"load_balancing": {"selection_policy": {"policy": "weighted_round_robin", "weights": [1, 2]}}}, "2 weights"),
    ],
)
async def test_what_cannot_run_is_refused(configured, fields, message):
    handler = {"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:1"}], **fields}
    with pytest.raises(ConfigError, match=message):
        async with configured(handler):
            pass


async def test_an_option_without_effect_is_warned_of(configured, caplog):
    handler = {"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:1"}], "verbose_logs": True}
    async with configured(handler | {"transport": {"protocol": "http", "read_buffer_size": 4096}}):
        pass
    assert "reverse_proxy option has no effect option=verbose_logs" in caplog.text
    assert "transport option has no effect option=read_buffer_size" in caplog.text
