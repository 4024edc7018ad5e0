"""`reverse_proxy` beside Caddy's: the same Caddyfile, the same requests, the same upstreams.

Compared are what the client gets, all of it in order, and what the upstreams are asked. All sites are one Caddy's, each
on a port of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest

from pogoproxy.apps.http import limits
from pogoproxy.config.adapt import adapt
from pogoproxy.config.load import load
from pogoproxy.config.provision import endpoints, new_context
from pogoproxy.standard import LANGUAGE
from tests.recording import held_port
from tests.wire import Client, Serve

pytestmark = pytest.mark.peer

ON_PURPOSE = {b"date", b"server", b"via", b"user-agent", b"accept-encoding", b"connection"}
"""Names and times; Go asks upstreams for gzip, to decode it itself, and says `close` less often.

What else differs on purpose is not asked here: a chunked body that was buffered gets a Content-Length; `Expect`, an
upgrade to h2c, and an upstream's 101 that nobody asked for, are not passed on, nor 1xx to a client of HTTP/1.0; when no
retry is left for an answer that asks for one, the client gets it as it is.
"""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Up: u\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
UPGRADE = (
    b"GET /upgrade HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)

ANSWERS = {
    b"/early": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n" + OK,
    b"/trailer": b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n",
    b"/busy": b"HTTP/1.1 503 Busy\r\nContent-Type: a/b\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy",
    b"/denied": b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Type: a/b\r\n"
    b"Content-Length: 2\r\n\r\nno",
    b"/user": b"HTTP/1.1 204 No Content\r\nX-User: ada\r\nX-Groups: a, b\r\nX-Other: o\r\n\r\n",
    b"/found": b"HTTP/1.1 404 Not Found\r\nX-Up: u\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nnot",
    b"/garbage": b"nonsense\r\n\r\n",
    b"/closes": b"",
}


@dataclass
class Case:
    """A site, with its own global options perhaps, and what is asked of it, one connection each."""

    site: str
    requests: list[bytes] = field(default_factory=lambda: [GET, POST, CHUNKED])
    options: str = ""


def proxy(block: str = "", to: str = "UPSTREAM") -> str:
    return f"reverse_proxy {to} {{\n{block}\n}}" if block else f"reverse_proxy {to}"


def get(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: h", *fields, "", ""]).encode()


FORWARDED = get("/", "X-Forwarded-For: 1.2.3.4, 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: o")

CASES = {
    "header operations": Case(
        proxy(
            """
            header_up Host {upstream_hostport}
            header_up X-Set {method}
            header_up +X-Add 1
            header_up +X-Add 2
            header_up -X-Gone*
            header_up X-R "a(.)" "b$1"
            header_down X-Down {rp.status_code}
            header_down -X-Up
            header_down Content-Type plain html
            """
        ),
        [GET, get("/", "X-Gone-1: 1", "X-R: aba", "X-Add: 0", "X-Default: mine")],
    ),
    "request line": Case(proxy("method PUT\nrewrite /new{uri}&z"), [GET, POST]),
    "method get": Case(proxy("method GET"), [POST, CHUNKED]),
    "buffers": Case(proxy("request_buffers 4KiB\nresponse_buffers 4KiB"), [GET, POST, get("/trailer")]),
    "small buffers": Case(proxy("request_buffers 2\nresponse_buffers 1"), [GET, CHUNKED, POST]),
    "trusting": Case(proxy("trusted_proxies 127.0.0.0/8"), [FORWARDED, GET]),
    "trusting everywhere": Case(
        proxy("header_up X-Client {client_ip}"),
        [FORWARDED, get("/", "X-Real: 9.9.9.9"), get("/", "X-Forwarded-For: bad, 8.8.8.8")],
        "trusted_proxies static 127.0.0.0/8 10.0.0.0/8\nclient_ip_headers X-Real X-Forwarded-For",
    ),
    "trusting strictly": Case(
        proxy("header_up X-Client {client_ip}"),
        [FORWARDED, get("/", "X-Forwarded-For: 6.6.6.6, 8.8.8.8, 10.0.0.1"), GET],
        "trusted_proxies static 127.0.0.0/8 10.0.0.0/8\ntrusted_proxies_strict",
    ),
    "expected names": Case(
        proxy(),
        [get("/", "User_Id: 1", "User-Id: 2", "Other_Id: 3", "App.Key: 4", "App-Key: 5"), get("/", "user_id: 1")],
        "expected_underscore_headers user_id\nexpected_dot_headers app.*",
    ),
    "forward auth": Case(
        "forward_auth UPSTREAM {\nuri /user?o={uri}\ncopy_headers X-User X-Groups>X-G\n}\n" + proxy(to="OTHER"),
        [GET, POST, get("/", "X-User: forged", "X-G: forged")],
    ),
    "forward auth denied": Case("forward_auth UPSTREAM {\nuri /denied\n}\n" + proxy(to="OTHER"), [GET, POST]),
    "errors": Case(
        proxy(to="DEAD") + '\nhandle_errors {\nrespond "{err.status_code} {err.status_text} {rp.upstream.hostport}"\n}',
        [GET, POST],
    ),
    "error of nobody": Case(
        proxy("fail_duration 1m\nlb_policy first", to="DEAD")
        + '\nhandle_errors {\nrespond "{err.status_code} {err.status_text}" {err.status_code}\n}',
        [GET, GET],
    ),
    "too late": Case(
        proxy("transport http {\nresponse_header_timeout 300ms\n}") + "\nhandle_errors 504 {\nrespond late\n}",
        [get("/hangs")],
    ),
    "broken upstreams": Case(proxy(), [get("/garbage"), get("/closes")]),
    "replaced status": Case(proxy("@bad status 4xx\nreplace_status @bad 299"), [get("/found"), GET, get("/early")]),
    "handled": Case(
        proxy(
            """
            @bad status 404
            handle_response @bad {
                header X-Seen "{rp.status_code} {rp.status_text} {rp.header.X-Up}"
                copy_response_headers {
                    include X-Up
                }
                respond "page of {rp.upstream.address}" 203
            }
            @busy status 503
            handle_response @busy {
                copy_response_headers {
                    exclude X-Up Content-Type
                }
                respond "busy" 200
            }
            handle_response {
                copy_response 202
            }
            """
        ),
        [get("/found"), GET, get("/busy")],
    ),
    "sticky": Case(
        proxy("lb_policy cookie name secret"),
        [GET, get("/", "Cookie: name=none"), get("/", "Cookie: name=")],
    ),
    "sticky for an hour": Case(proxy("lb_policy cookie {\nmax_age 1h\n}"), [GET]),
    "next upstream": Case(
        proxy("lb_policy first\nlb_retries 2\nlb_try_interval 1ms\nfail_duration 1m", to="DEAD UPSTREAM"), [GET, POST]
    ),
    "no retry": Case(proxy("lb_policy first\nlb_retries 2"), [get("/closes"), POST]),
    "retried answer": Case(
        proxy(
            """
            lb_policy round_robin
            lb_retries 1
            lb_try_interval 1ms
            lb_retry_match expression `{rp.status_code} == 503`
            """,
            to="UPSTREAM OTHER",
        ),
        [GET, get("/once")],
    ),
    "full": Case(proxy("unhealthy_status 5xx\nfail_duration 1m\nmax_fails 2"), [get("/busy")] * 3),
    "announced": Case(proxy("transport http {\nproxy_protocol v1\n}"), [GET]),
    "announced in bytes": Case(proxy("transport http {\nproxy_protocol v2\n}"), [GET]),
    "address of the request": Case(proxy(to="{header.X-To}"), [get("/", "X-To: UPSTREAM"), get("/", "X-To: nothing")]),
    "looked up": Case("reverse_proxy {\ndynamic a 127.0.0.1 PORT_OF_UPSTREAM\n}"),
    "interim answers": Case(proxy(), [get("/early")]),
    "trailers": Case(proxy(), [get("/trailer", "TE: trailers"), get("/trailer")]),
    "upgrades": Case(proxy(), [UPGRADE + b"hello", UPGRADE.replace(b"/upgrade", b"/refused")]),
    "old clients": Case(
        proxy(),
        [
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET /trailer HTTP/1.0\r\nHost: h\r\n\r\n",
            b"GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
        ],
    ),
    "hop by hop": Case(
        proxy(),
        [
            get("/", "Connection: X-Mine, close", "X-Mine: 1", "Keep-Alive: 1", "TE: gzip, trailers"),
            get("/", "Connection: X-Forwarded-For, Host", "Proxy-Authorization: x", "Proxy-Connection: y"),
            get("/", "Alt-Svc: a", "Trailer: X", "Accept: */*", "Cookie: a=1", "Cookie: b=2"),
        ],
    ),
    "compressed": Case(
        "encode gzip\n" + proxy("header_up -Accept-Encoding"),
        [get("/", "Accept-Encoding: gzip"), get("/", "Accept-Encoding: br")],
    ),
}


class Upstream:
    """Answers by path; keeps the messages that it was asked, with what came before the first of a connection."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.seen: list[object] = []

    async def __call__(self, client: Client) -> None:
        opening = await self._opening(client)
        while True:
            head = opening + await client.head()
            opening = b""
            self.seen.append((self._name, *_message(head), await _body(client, head)))
            path = re.search(rb" (/[^? ]*)", head)
            await self._answer(client, b"" if path is None else path[1])
            if path is not None and path[1] == b"/closes":
                return

    async def _opening(self, client: Client) -> bytes:
        """What precedes HTTP: a PROXY header, which has no other end than what follows."""
        first = await client.exactly(1)
        return first + await client.until(b"\x00QUIT\n" if first == b"\0" else b"") if first == b"\0" else first

    async def _answer(self, client: Client, path: bytes) -> None:
        if path == b"/hangs":
            await client.rest()
        elif path == b"/upgrade":
            client.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            client.send(await client.exactly(5))
            client.close()
        elif path == b"/once" and self._name == "second":
            client.send(ANSWERS[b"/busy"])
        else:
            client.send(ANSWERS.get(path, OK))


def _message(head: bytes) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    pairs = [line.partition(b":") for line in lines]
    fields = sorted((name.lower(), value.strip()) for name, _, value in pairs if name.lower() not in ON_PURPOSE)
    return first, tuple(fields)


async def _body(client: Client, head: bytes) -> bytes:
    if re.search(rb"(?i)\r\nTransfer-Encoding: chunked", head):
        body = b""
        while size := int((await client.until(b"\r\n"))[:-2], 16):
            body += await client.exactly(size)
            await client.exactly(2)
        return body + await client.until(b"\r\n")
    length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
    return await client.exactly(int(length[1])) if length else b""


@dataclass(frozen=True)
class Ports:
    """Where Caddy serves each case, and the upstreams."""

    of: dict[str, int]
    upstream: int
    other: int
    dead: int

    def caddyfile(self, name: str, *, is_caddys: bool) -> str:
        """The site of one case, on its port."""
        port = self.of[name]
        return f"http://:{port} {{\n{self._filled(CASES[name].site)}\n}}\n"

    def _filled(self, text: str) -> str:
        text = text.replace("PORT_OF_UPSTREAM", str(self.upstream))
        for name in ("upstream", "other", "dead"):
            text = text.replace(name.upper(), f"127.0.0.1:{getattr(self, name)}")
        return text

    def request(self, request: bytes) -> bytes:
        """With the upstream's address in it."""
        return request.replace(b"UPSTREAM", b"127.0.0.1:%d" % self.upstream)

    def options(self, name: str) -> str:
        """The global options of one case."""
        options = CASES[name].options
        return f"servers :{self.of[name]} {{\n{options}\n}}\n" if options else ""


ALWAYS = "admin off\nauto_https off\npersist_config off\n"


@pytest.fixture(scope="module")
def ports(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    folder = tmp_path_factory.mktemp("caddy")
    with contextlib.ExitStack() as stack:
        found = Ports({name: held_port(stack) for name in CASES}, *(held_port(stack) for _ in range(3)))
        options = "".join(map(found.options, CASES))
        sites = "".join(found.caddyfile(name, is_caddys=True) for name in CASES)
        (folder / "Caddyfile").write_text(f"{{\n{ALWAYS}{options}}}\n{sites}")
        process = subprocess.Popen(
            [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")],
            env={**os.environ, "HOME": str(folder)},
            stderr=stack.enter_context((folder / "log").open("wb")),
        )
        try:
            deadline = time.monotonic() + 30
            while "serving initial configuration" not in (folder / "log").read_text():
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield found
        finally:
            process.terminate()
            process.wait(20)


async def _client_sees(port: int, request: bytes) -> object:
    """All that comes for a request until nothing more does: heads, bodies and trailers."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    client.send(request)
    try:
        seen: list[object] = []
        while True:
            head = await client.head()
            status = head.split(b" ")[1]
            message = _message(head)
            seen.append((status, tuple(pair for pair in message[1] if pair != (b"content-length", b"0"))))
            if status == b"101":
                return [*seen, await client.rest()]
            if not status.startswith(b"1"):
                break
        if b"HTTP/1.0" in request and b"ontent-Length" not in head:
            return [*seen, await client.rest()]
        return [*seen, b"" if status in (b"204", b"304") else await _body(client, head)]
    finally:
        client.close()


@contextlib.asynccontextmanager
async def _upstreams(ports: Ports) -> AsyncIterator[list[Upstream]]:
    """Both of them, on their ports."""
    async with contextlib.AsyncExitStack() as stack:
        found = [Upstream("first"), Upstream("second")]
        for script, port in zip(found, (ports.upstream, ports.other), strict=True):

            async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script=script) -> None:
                client = Client(reader, writer)
                stack.callback(client.close)
                with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
                    await script(client)
                client.close()

            await stack.enter_async_context(
                await asyncio.start_server(accept, "127.0.0.1", port, reuse_port=True, reuse_address=True)
            )
        yield found


@pytest.mark.parametrize("name", CASES)
async def test_clients_and_upstreams_see_the_same(ports: Ports, serve: Serve, name: str) -> None:
    text = f"{{\n{ALWAYS}{ports.options(name)}}}\n{ports.caddyfile(name, is_caddys=False)}"
    config = load(adapt(text, "Caddyfile", LANGUAGE).text())
    context = new_context()
    async with contextlib.AsyncExitStack() as stack:
        upstreams = await stack.enter_async_context(_upstreams(ports))
        await stack.enter_async_context(context.stack)
        ((server, endpoint),) = endpoints(config.http, context).items()
        ours = await stack.enter_async_context(serve(endpoint, limits=limits(config.http.servers[server])))
        found = {}
        for who, port in (("Caddy", ports.of[name]), ("ours", ours.address[1])):
            found[who] = []
            for request in CASES[name].requests:
                seen = await _client_sees(port, ports.request(request))
                found[who] += [seen, *(asked for upstream in upstreams for asked in upstream.seen)]
                for upstream in upstreams:
                    upstream.seen.clear()
    differences = [
        f"Caddy {theirs}\nours  {ours_saw}"
        for theirs, ours_saw in itertools.zip_longest(found["Caddy"], found["ours"])
        if theirs != ours_saw
    ]
    assert not differences, "\n" + "\n".join(differences)
