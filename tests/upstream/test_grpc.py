"""gRPC through the proxy, by Google's own client and server, in all four kinds of calls."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import pytest

from pogoproxy.http.server import Entrance, Server
from pogoproxy.tls.handshake import Handshake
from pogoproxy.upstream.dial import TLS, Dialer
from pogoproxy.upstream.http2_leg import Http2Leg
from pogoproxy.upstream.proxy import Proxy
from pogoproxy.upstream.select import first
from pogoproxy.upstream.target import FixedTargets, Targets
from tests.tls.certificates import make
from tests.tls.conftest import Fixed

PATIENCE = 30

IDENTITY: dict[str, Any] = {"request_serializer": bytes, "response_deserializer": bytes}


def shout(request: bytes, context: Any) -> bytes:
    context.send_initial_metadata([("x-initial", "i")])
    context.set_trailing_metadata([("x-seen", dict(context.invocation_metadata())["x-asked"])])
    return request.upper()


def count(request: bytes, context: Any) -> Iterator[bytes]:
    for number in range(int(request)):
        yield b"%d" % number


def join(requests: Iterator[bytes], context: Any) -> bytes:
    return b",".join(requests)


def talk(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
    for request in requests:
        yield request.upper()


def fail(request: bytes, context: Any) -> bytes:
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: ü")


METHODS = {
    "Shout": grpc.unary_unary_rpc_method_handler(shout),
    "Count": grpc.unary_stream_rpc_method_handler(count),
    "Join": grpc.stream_unary_rpc_method_handler(join),
    "Talk": grpc.stream_stream_rpc_method_handler(talk),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
}


class Plain:
    """All without TLS."""

    def __init__(self) -> None:
        self.leg = Http2Leg(knows=True)

    def add_port(self, server: grpc.Server) -> int:
        return int(server.add_insecure_port("127.0.0.1:0"))

    def entrance(self) -> Entrance | None:
        return None

    def channel(self, port: int) -> grpc.Channel:
        return grpc.insecure_channel(f"127.0.0.1:{port}")


class Private:
    """TLS on both sides of the proxy, with HTTP/2 by ALPN."""

    def __init__(self, folder: Path) -> None:
        self._made = make("localhost")
        self._files = self._made.write(folder, "localhost")
        trusting = ssl.create_default_context(cafile=self._files[0])
        trusting.set_alpn_protocols(["h2", "http/1.1"])
        self.leg = Http2Leg(knows=False, dialer=Dialer(tls=TLS(trusting, "localhost")))

    def add_port(self, server: grpc.Server) -> int:
        pair = (self._made.key_pem.encode(), self._made.pem.encode())
        return int(server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair])))

    def entrance(self) -> Entrance:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._files)
        context.set_alpn_protocols(["h2", "http/1.1"])
        return lambda server: Handshake(server, Fixed(context))

    def channel(self, port: int) -> grpc.Channel:
        return grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(self._made.pem.encode()))


@pytest.fixture(params=["h2c", "TLS"])
async def channel(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[grpc.Channel]:
    """A client's channel to a proxy before a server."""
    way = Plain() if request.param == "h2c" else Private(tmp_path)
    with ThreadPoolExecutor(8) as threads, socket.create_server(("127.0.0.1", 0)) as listening:
        server = grpc.server(threads)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("a.B", METHODS),))
        target = Targets().at(f"127.0.0.1:{way.add_port(server)}")
        server.start()
        proxy = Proxy(FixedTargets([target]), policy=first, leg=way.leg)
        try:
            async with Server(proxy, [listening], protocols=("h1", "h2", "h2c"), entrance=way.entrance()):
                with way.channel(listening.getsockname()[1]) as made:
                    yield made
        finally:
            way.leg.close()
            await asyncio.to_thread(server.stop(None).wait)


async def in_thread(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(partial(call, *arguments, timeout=PATIENCE, **named)), PATIENCE)


async def test_unary_calls_pass_with_metadata_both_ways(channel):
    call = channel.unary_unary("/a.B/Shout", **IDENTITY).with_call
    answer, state = await in_thread(call, b"hello", metadata=[("x-asked", "a")])
    assert answer == b"HELLO"
    assert ("x-initial", "i") in tuple(map(tuple, state.initial_metadata()))
    assert ("x-seen", "a") in tuple(map(tuple, state.trailing_metadata()))


async def test_a_large_message_passes_both_ways(channel):
    call = channel.unary_unary("/a.B/Shout", **IDENTITY)
    assert await in_thread(call, b"a" * 3_000_000, metadata=[("x-asked", "a")]) == b"A" * 3_000_000


async def test_answers_stream(channel):
    call = channel.unary_stream("/a.B/Count", **IDENTITY)
    assert await in_thread(lambda *given, **named: list(call(*given, **named)), b"100") == [
        b"%d" % at for at in range(100)
    ]


async def test_requests_stream(channel):
    call = channel.stream_unary("/a.B/Join", **IDENTITY)
    assert await in_thread(call, iter([b"a", b"b", b"c"])) == b"a,b,c"


async def test_both_sides_stream_in_turns(channel):
    call = channel.stream_stream("/a.B/Talk", **IDENTITY)

    def converse(timeout: float) -> list[bytes]:
        answers: Queue[bytes] = Queue()

        def ask() -> Iterator[bytes]:
            yield b"a"
            for _ in range(5):  # each question follows from the answer before
                yield answers.get(timeout=timeout).lower() + b"a"

        said = []
        for answer in call(ask(), timeout=timeout):
            said.append(answer)
            answers.put(answer)
        return said

    assert await in_thread(converse) == [b"A" * count for count in range(1, 7)]


async def test_an_error_is_the_servers_own(channel):
    call = channel.unary_unary("/a.B/Fail", **IDENTITY)
    with pytest.raises(grpc.RpcError) as caught:
        await in_thread(call, b"")
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.NOT_FOUND, "no such thing: ü")


async def test_many_calls_at_once_share_a_connection(channel):
    call = channel.unary_unary("/a.B/Shout", **IDENTITY)

    def all_at_once(timeout: float) -> list[bytes]:
        started = [call.future(b"x%d" % at, metadata=[("x-asked", "a")], timeout=timeout) for at in range(300)]
        return [one.result() for one in started]

    assert await in_thread(all_at_once) == [b"X%d" % at for at in range(300)]


async def test_a_call_that_nobody_serves_is_unavailable(proxied):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with proxied(f"127.0.0.1:{port}", leg=Http2Leg(knows=True), protocols=("h2c",)) as running:
        address = f"127.0.0.1:{running.address[1]}"
        with grpc.insecure_channel(address) as made, pytest.raises(grpc.RpcError) as caught:
            await in_thread(made.unary_unary("/a.B/Shout", **IDENTITY), b"")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
