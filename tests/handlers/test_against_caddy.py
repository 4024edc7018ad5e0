"""The same handlers, the same requests, the same upstream: what Caddy makes of them and what we do.

Compared are the status, header and body that the client gets, and the requests that the upstream gets. What differs on
purpose is taken out by name below.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pogoproxy.http.route import compile_server
from pogoproxy.module import Context
from pogoproxy.route import Route
from pogoproxy.standard import REGISTRY
from pogoproxy.upstream.target import Targets
from tests.recording import OK, Seen, Upstream, body_of, held_port, message, running_caddy
from tests.wire import Client

pytestmark = pytest.mark.peer

ANSWERS = {
    b"/chunked": b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"/moved": b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"/gone": b"HTTP/1.1 410 Gone\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\ngone",
    b"/nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    b"/hop": OK.replace(b"X-Up: u", b"Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 3"),
    b"/cookies": OK.replace(b"X-Up: u", b"Set-Cookie: a=1\r\nSet-Cookie: b=2"),
    b"/garbage": b"nonsense\r\n\r\n",
}


def proxy(**fields: Any) -> Callable[[str, str], list[dict[str, Any]]]:
    def handlers(dial: str, free: str) -> list[dict[str, Any]]:
        text = json.dumps({"handler": "reverse_proxy", "upstreams": [{"dial": dial}], **fields})
        return [json.loads(text.replace("FREE", free).replace("DIAL", dial))]

    return handlers


def plain(*handlers: dict[str, Any]) -> Callable[[str, str], list[dict[str, Any]]]:
    return lambda dial, free: list(handlers)


SITES: dict[str, Callable[[str, str], list[dict[str, Any]]]] = {
    "plain": proxy(),
    "changed": proxy(
        headers={
            "request": {
                "set": {"X-Set": ["{http.request.method} {http.reverse_proxy.upstream.hostport}"], "Host": ["other"]},
                "add": {"X-Add": ["1"]},
                "delete": ["X-Gone*"],
                "replace": {"X-R": [{"search_regexp": "a(.)", "replace": "b$1"}]},
            },
            "response": {"set": {"X-Down": ["1"]}, "delete": ["X-Up"], "add": {"X-More": ["2"]}},
        }
    ),
    "rewritten": proxy(
        rewrite={"method": "POST", "uri": "/hidden{http.request.uri.path}?{http.request.uri.query}&x=1"}
    ),
    "stripped": lambda dial, free: [
        {"handler": "rewrite", "strip_path_prefix": "/a"},
        *proxy()(dial, free),
    ],
    "trusting": proxy(trusted_proxies=["127.0.0.0/8"]),
    "replacing": proxy(handle_response=[{"match": {"status_code": [4]}, "status_code": 299}]),
    "handling": proxy(
        handle_response=[
            {
                "match": {"status_code": [410], "headers": {"Content-Length": ["4"]}},
                "routes": [
                    {
                        "handle": [
                            {
                                "handler": "static_response",
                                "body": "was {http.reverse_proxy.status_code} {http.reverse_proxy.status_text}",
                                "status_code": 404,
                            }
                        ]
                    }
                ],
            }
        ]
    ),
    "copying": proxy(
        handle_response=[
            {
                "routes": [
                    {
                        "handle": [
                            {"handler": "copy_response_headers", "include": ["X-Up"]},
                            {"handler": "copy_response", "status_code": 202},
                        ]
                    }
                ]
            }
        ]
    ),
    "dead": proxy(upstreams=[{"dial": "FREE"}]),
    "second": proxy(
        upstreams=[{"dial": "FREE"}, {"dial": "DIAL"}],
        load_balancing={"selection_policy": {"policy": "round_robin"}, "retries": 2, "try_interval": 1},
    ),
    "head first": lambda dial, free: [
        {"handler": "headers", "response": {"set": {"X-Before": ["1"], "X-Up": ["mine"]}}},
        *proxy()(dial, free),
    ],
    "head last": lambda dial, free: [
        {"handler": "headers", "response": {"set": {"X-Up": ["mine"]}, "deferred": True}},
        *proxy()(dial, free),
    ],
    "static": plain(
        {"handler": "static_response", "body": "{http.request.uri} {http.request.host}", "status_code": 201}
    ),
    "json": plain({"handler": "static_response", "body": '{"a": [1]}'}),
    "nothing": plain(),
}

REQUESTS: dict[str, bytes] = {
    "get": b"GET /x?y=1&z HTTP/1.1\r\nHost: a.example:8080\r\nX-Gone-1: 1\r\nX-R: aba\r\nAccept: */*\r\n\r\n",
    "escaped": b"GET /a/b%20c%3Fd?q=%26 HTTP/1.1\r\nHost: h\r\n\r\n",
    "head": b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
    "post": b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "empty post": b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
    "chunked post": b"POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "delete": b"DELETE /d HTTP/1.1\r\nHost: h\r\n\r\n",
    "hop by hop": b"GET /h HTTP/1.1\r\nHost: h\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 1\r\nTE: trailers\r\n"
    b"Proxy-Authorization: x\r\n\r\n",
    "forwarded": b"GET /f HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n"
    b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: other\r\n\r\n",
    "odd names": b"GET /n HTTP/1.1\r\nHost: h\r\nX_Under: 1\r\nX.Dot: 2\r\n\r\n",
    "absolute": b"GET http://b.example/abs HTTP/1.1\r\nHost: h\r\n\r\n",
    **{path.decode(): b"GET " + path + b" HTTP/1.1\r\nHost: h\r\n\r\n" for path in ANSWERS},
}


class Pair:
    """Both proxies before one upstream."""

    def __init__(self, upstream: Upstream, ports: dict[str, tuple[int, int]]) -> None:
        self._upstream = upstream
        self._ports = ports

    async def ask(self, site: str, request: bytes) -> tuple[Seen, Seen]:
        """What Caddy's client and upstream saw, and what ours did."""
        theirs, ours = self._ports[site]
        return await self._ask(theirs, request), await self._ask(ours, request)

    async def _ask(self, port: int, request: bytes) -> Seen:
        self._upstream.seen.clear()
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        client.send(request)
        head = await client.head()
        bodiless = request.startswith(b"HEAD") or head.split(b" ")[1] in (b"204", b"304")
        body = b"" if bodiless else await body_of(client, head, is_answer=True)
        client.close()
        found = message(head, body)
        # An empty body is said by its length or by nothing; both are right.
        fields = [pair for pair in found[1] if pair != (b"content-length", b"0")]
        return (found[0].split(b" ", 2)[1], fields, body), list(self._upstream.seen)


def caddy_config(sites: dict[str, tuple[int, list[dict[str, Any]]]]) -> dict[str, Any]:
    servers = {
        f"s{number}": {
            "listen": [f"127.0.0.1:{port}"],
            "automatic_https": {"disable": True},
            "routes": [{"handle": handlers}],
        }
        for number, (port, handlers) in enumerate(sites.values())
    }
    logging = {"logs": {"default": {"writer": {"output": "discard"}}}}
    return {"admin": {"disabled": True}, "logging": logging, "apps": {"http": {"servers": servers}}}


@pytest.mark.parametrize("request_name", REQUESTS)
async def test_clients_and_upstreams_see_the_same(origin, serve, caddy, tmp_path, request_name):
    upstream = Upstream(ANSWERS)
    differences = []
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(origin(upstream))
        free = f"127.0.0.1:{held_port(stack)}"
        sites = {name: (held_port(stack), make(running.dial, free)) for name, make in SITES.items()}
        first = next(iter(sites.values()))[0]
        await stack.enter_async_context(running_caddy(caddy, caddy_config(sites), tmp_path, first))
        ports = {}
        for name, (port, handlers) in sites.items():
            routes = msgspec.json.decode(json.dumps([{"handle": handlers}]), type=list[Route])
            context = Context(REGISTRY, {Targets: Targets()})
            await stack.enter_async_context(context.stack)
            ours = await stack.enter_async_context(serve(compile_server(routes, context)))
            ports[name] = (port, ours.address[1])
        pair = Pair(upstream, ports)
        for site in SITES:
            theirs, ours_saw = await pair.ask(site, REQUESTS[request_name])
            if theirs != ours_saw:
                differences.append(f"{site}:\n  Caddy {theirs}\n  ours  {ours_saw}")
    assert not differences, "\n" + "\n".join(differences)
