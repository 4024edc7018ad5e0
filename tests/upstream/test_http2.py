"""Upstreams that speak HTTP/2: ours as one, and scripted ones that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.handlers.reverse_proxy.http_transport import HTTPTransport
from pogoproxy.handlers.reverse_proxy.transport_tls import TLS as TLSConfig
from pogoproxy.http.exchange import Exchange
from pogoproxy.http2.codes import Code
from pogoproxy.http2.frames import ACK, END_HEADERS, END_STREAM, PREFACE, Kind, goaway, rst_stream
from pogoproxy.http2.settings import pack
from pogoproxy.module import Context
from pogoproxy.standard import REGISTRY
from pogoproxy.tls.handshake import Handshake
from pogoproxy.tls.keeping.files import FileStorage, default_root
from pogoproxy.upstream.dial import TLS, Dialer
from pogoproxy.upstream.http2_leg import Http2Leg
from tests.http2.peer import Peer, echo
from tests.tls.certificates import make
from tests.tls.conftest import Fixed, client_context
from tests.wire import Client, Running, serving

HOST = b"Host: a.example\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc"


def h2c() -> Http2Leg:
    return Http2Leg(knows=True)


class Upstream(Peer):
    """The other end of a connection to an upstream."""

    @classmethod
    async def of(cls, client: Client, **settings: int) -> Upstream:
        """After both prefaces."""
        upstream = cls(client.reader, client.writer)
        assert await client.exactly(len(PREFACE)) == PREFACE
        upstream.raw(pack({1: 4096, **settings}))  # type: ignore[dict-item]
        return upstream

    async def request(self) -> tuple[int, dict[bytes, bytes]]:  # type: ignore[override]
        """The next request's stream and fields."""
        head = await self.of_kind(Kind.HEADERS)
        return head.stream, self.fields(head)

    def respond(self, stream: int, *fields: tuple[bytes, bytes], body: bytes | None = b"") -> None:
        """A head, and a body that ends the stream; None leaves it open."""
        block = self.encoder.encode([(b":status", b"200"), *fields], huffman=False)
        self.send(Kind.HEADERS, END_HEADERS, stream, block)
        if body is not None:
            self.send(Kind.DATA, END_STREAM, stream, body)


async def test_requests_and_answers_pass(serve, proxied):
    async with serve(echo, protocols=("h2c",)) as upstream, proxied(_dial(upstream), leg=h2c()) as site:
        answer = await site.ask(POST)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\nserver: pogoproxy\r\ncontent-type: text/plain\r\n")
        assert b"\r\nVia: 2.0 pogoproxy\r\n" in answer
        assert answer.endswith(b"\r\n\r\nPOST a.example / abc")


async def test_many_requests_share_one_connection_until_it_is_full(serve, proxied):
    gate, arrived = asyncio.Event(), asyncio.Semaphore(0)

    async def gated(exchange: Exchange) -> None:
        arrived.release()
        await gate.wait()
        await echo(exchange)

    async with serve(gated, protocols=("h2c",)) as upstream, proxied(_dial(upstream), leg=h2c()) as site:
        answers = [asyncio.create_task(site.ask(GET)) for _ in range(150)]
        for _ in range(150):
            await asyncio.wait_for(arrived.acquire(), 30)
        assert len(upstream.server.connections) == 2
        gate.set()
        assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in await asyncio.gather(*answers))


async def test_the_request_has_the_form_of_http2(origin, proxied):
    seen = {}

    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, fields = await upstream.request()
        seen.update(fields)
        upstream.respond(stream)
        await upstream.frame()

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        await site.ask(
            b"GET /a?b=c HTTP/1.1\r\nHost: a.example\r\nX-A: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
            b"Connection: close, TE, X-Gone\r\nX-Gone: 1\r\n\r\n"
        )
    assert list(seen)[:4] == [b":method", b":scheme", b":path", b":authority"]
    assert (seen[b":path"], seen[b":authority"], seen[b":scheme"]) == (b"/a?b=c", b"a.example", b"http")
    assert (seen[b"x-a"], seen[b"te"], seen[b"via"]) == (b"1", b"trailers", b"1.1 pogoproxy")
    assert not {b"host", b"connection", b"keep-alive", b"x-gone", b"upgrade"} & seen.keys()


async def test_trailers_pass_both_ways(serve, proxied):
    seen = []

    async def trailing(exchange: Exchange) -> None:
        while await exchange.body.read():
            pass
        seen.extend(exchange.body.trailers)
        await exchange.writer.start(200, [], None)
        await exchange.writer.write(b"x")
        await exchange.writer.finish([(b"x-after", b"1")])

    async with (
        serve(trailing, protocols=("h2c",)) as upstream,
        proxied(_dial(upstream), leg=h2c(), protocols=("h2c",)) as site,
        _peer(site) as peer,
    ):
        peer.request(1, [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/")], end=False)
        peer.data(1, b"some")
        peer.request(1, [(b"x-sum", b"4")])
        assert (await peer.answer(1)).trailers == {b"x-after": b"1"}
    assert seen == [(b"x-sum", b"4")]


async def test_informational_answers_pass(serve, proxied):
    async def hinting(exchange: Exchange) -> None:
        await exchange.writer.inform(103, [(b"Link", b"</a>")])
        await echo(exchange)

    async with serve(hinting, protocols=("h2c",)) as upstream, proxied(_dial(upstream), leg=h2c()) as site:
        assert (await site.ask(GET)).startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 ")


async def test_a_request_that_was_refused_is_sent_again_whatever_its_method(origin, proxied):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, _ = await upstream.request()
        upstream.raw(rst_stream(stream, Code.REFUSED_STREAM))
        stream, _ = await upstream.request()
        assert (await upstream.of_kind(Kind.DATA, stream)).payload == b"abc"
        upstream.respond(stream, body=b"at last")
        await upstream.frame()

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        assert b"at last" in await site.ask(POST)
        assert upstream.connections == 1


async def test_a_request_behind_goaway_is_sent_on_another_connection(origin, proxied):
    async def script(client: Client) -> None:
        peer = await Upstream.of(client)
        stream, _ = await peer.request()
        if upstream.connections == 1:
            peer.raw(goaway(0, Code.NO_ERROR))
            assert await peer.frame() is not None
        else:
            peer.respond(stream, body=b"here")
        while await peer.frame() is not None:
            pass

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        assert b"here" in await site.ask(POST)


async def test_a_post_that_may_have_been_looked_at_is_not_sent_again(origin, proxied):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        await upstream.request()

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        assert (await site.ask(POST)).startswith(b"HTTP/1.1 502 ")
        assert upstream.connections == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([(b"content-length", b"9")], id="longer than its length"),
        pytest.param([(b"content-length", b"1")], id="shorter than its length"),
        pytest.param([(b"content-length", b"1x")], id="a length that is none"),
        pytest.param([(b"X-A", b"1")], id="upper case"),
        pytest.param([(b"x-a", b"1\r\nx-b: 2")], id="line end in a value"),
        pytest.param([(b"transfer-encoding", b"chunked")], id="of HTTP/1"),
        pytest.param([(b":path", b"/")], id="pseudo field"),
    ],
)
async def test_a_malformed_answer_never_looks_whole(origin, proxied, fields):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, _ = await upstream.request()
        upstream.respond(stream, *fields, body=b"abc")
        assert await upstream.reset(stream) is Code.PROTOCOL_ERROR

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        answer = await site.ask(GET)
        assert answer.startswith(b"HTTP/1.1 502 ") or not answer.endswith(b"0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 502 ") or b"Content-Length: 9\r\n" in answer or not answer


async def test_an_answer_that_is_reset_half_way_breaks_off(origin, proxied):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, _ = await upstream.request()
        upstream.respond(stream, body=None)
        upstream.data(stream, b"half")
        upstream.raw(rst_stream(stream, Code.INTERNAL_ERROR))
        await upstream.frame()

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        answer = await site.ask(GET)
        assert not answer.endswith(b"0\r\n\r\n")


async def test_a_client_that_leaves_cancels_the_stream(origin, proxied):
    cancelled: asyncio.Future[Code] = asyncio.get_running_loop().create_future()

    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, _ = await upstream.request()
        upstream.respond(stream, body=None)
        upstream.data(stream, b"half")
        cancelled.set_result(await upstream.reset(stream))

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        client = await site.connect()
        client.send(GET)
        await client.until(b"half")
        client.close()
        assert await asyncio.wait_for(cancelled, 20) is Code.CANCEL


async def test_a_slow_client_holds_its_own_stream_back_and_no_other(origin, proxied):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, _ = await upstream.request()
        upstream.respond(stream, body=None)
        sent = 0
        while sent < 256 * 1024:  # all that the stream's window lets through
            upstream.data(stream, bytes(16384))
            sent += 16384
        other, _ = await upstream.request()
        upstream.respond(other, body=b"fast")
        while await upstream.frame() is not None:
            pass

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        slow = await site.connect()
        slow.send(GET)
        await slow.head()
        assert b"fast" in await site.ask(GET)


async def test_an_upstream_that_speaks_http1_is_a_bad_gateway(origin, proxied):
    async def script(client: Client) -> None:
        client.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await client.rest()

    async with origin(script) as upstream, proxied(upstream.dial, leg=h2c()) as site:
        assert (await site.ask(GET)).startswith(b"HTTP/1.1 502 ")


async def test_an_upstream_without_a_sign_of_life_is_given_up(origin, proxied):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        await upstream.of_kind(Kind.PING)
        await client.rest()

    leg = Http2Leg(knows=True, probe=0.05)
    async with origin(script) as upstream, proxied(upstream.dial, leg=leg) as site:
        assert (await site.ask(POST)).startswith(b"HTTP/1.1 502 ")


async def test_a_slow_upstream_that_gives_signs_of_life_is_waited_for(origin, proxied):
    async def script(client: Client) -> None:
        upstream = await Upstream.of(client)
        stream, _ = await upstream.request()
        for _ in range(4):
            ping = await upstream.of_kind(Kind.PING)
            upstream.send(Kind.PING, ACK, 0, ping.payload)
        upstream.respond(stream, body=b"at last")
        await upstream.frame()

    leg = Http2Leg(knows=True, probe=0.05)
    async with origin(script) as upstream, proxied(upstream.dial, leg=leg) as site:
        assert b"at last" in await site.ask(GET)


async def test_an_upgrade_is_not_for_http2(serve, proxied):
    asked = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with serve(echo, protocols=("h2c",)) as upstream, proxied(_dial(upstream), leg=h2c()) as site:
        client = await site.connect()
        client.send(asked)
        assert (await client.head()).startswith(b"HTTP/1.1 502 ")


# With TLS the handshake says which it is.


@pytest.mark.parametrize(("speaks", "proto"), [("h2", b"2.0"), ("http/1.1", b"1.1")])
async def test_the_handshake_agrees_on_the_protocol(tmp_path: Path, proxied, speaks, proto):
    async def telling(exchange: Exchange) -> None:
        text = b"%d.%d" % exchange.version
        await exchange.writer.start(200, [], len(text))
        await exchange.writer.write(text)

    both, plain = _tls("h2", "http/1.1"), _tls("http/1.1")
    async with _serve_tls(tmp_path, telling, speaks) as upstream:
        leg = Http2Leg(knows=False, plain=plain, dialer=Dialer(tls=both))
        async with proxied(_dial(upstream), leg=leg) as site:
            for _ in range(2):
                assert (await site.ask(GET)).endswith(b"\r\n\r\n" + proto)


async def test_without_another_choice_an_upstream_of_http1_is_a_bad_gateway(tmp_path: Path, proxied):
    leg = Http2Leg(knows=False, dialer=Dialer(tls=_tls("h2")))
    async with _serve_tls(tmp_path, echo, "http/1.1") as upstream, proxied(_dial(upstream), leg=leg) as site:
        assert (await site.ask(GET)).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(
    ("transport", "kind", "offers"),
    [
        (HTTPTransport(), "Leg", ("h2", "http/1.1")),
        (HTTPTransport(versions=("h2c", "2")), "Http2Leg", ("h2",)),
        (HTTPTransport(tls=TLSConfig()), "Http2Leg", ("h2", "http/1.1")),
        (HTTPTransport(tls=TLSConfig(), versions=("2",)), "Http2Leg", ("h2",)),
        (HTTPTransport(tls=TLSConfig(), versions=("1.1",)), "Leg", ("http/1.1",)),
        (HTTPTransport(tls=TLSConfig(), max_conns_per_host=5), "LimitedLeg", ("http/1.1",)),
    ],
)
def test_versions_choose_the_leg(transport, kind, offers):
    assert type(transport._leg({}, Context(REGISTRY, {FileStorage: FileStorage(default_root())}))).__name__ == kind
    assert transport._offers() == offers


@pytest.mark.parametrize(
    "transport", [HTTPTransport(versions=("3",)), HTTPTransport(versions=("h2c",), tls=TLSConfig())]
)
def test_versions_that_cannot_be_are_refused(transport):
    with pytest.raises(ConfigError):
        transport._check()


def _dial(running: Running) -> str:
    return f"127.0.0.1:{running.address[1]}"


def _tls(*alpn: str) -> TLS:
    context = client_context()
    context.set_alpn_protocols(alpn)
    return TLS(context, "localhost")


@asynccontextmanager
async def _peer(site: Running) -> AsyncIterator[Peer]:
    peer = Peer(*await asyncio.open_connection(*site.address))
    peer.greet()
    with contextlib.closing(peer):
        yield peer


def _serve_tls(folder: Path, endpoint: object, alpn: str) -> AbstractAsyncContextManager[Running]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make("localhost").write(folder, "localhost"))
    context.set_alpn_protocols([alpn])
    return serving(endpoint, entrance=lambda server: Handshake(server, Fixed(context)))  # type: ignore[arg-type]
