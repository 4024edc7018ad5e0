"""gRPC through the proxy, by Google's own client and server, in all four kinds of calls."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Queue
from typing import Any

import grpc
import pytest

from pogoproxy.upstream.http2_leg import Http2Leg
from tests.wire import Running

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


@pytest.fixture
async def channel(
    serve: Callable[..., Any], proxied: Callable[..., Any]
) -> AsyncIterator[tuple[grpc.Channel, Running]]:
    """A client's channel to a proxy before a server."""
    with ThreadPoolExecutor(8) as threads:
        server = grpc.server(threads)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("a.B", METHODS),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        leg = Http2Leg(knows=True)
        try:
            async with proxied(f"127.0.0.1:{port}", leg=leg, protocols=("h2c",)) as running:
                with grpc.insecure_channel(f"127.0.0.1:{running.address[1]}") as made:
                    yield made, running
        finally:
            await asyncio.to_thread(server.stop(None).wait)


async def in_thread(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(partial(call, *arguments, timeout=PATIENCE, **named)), PATIENCE)


async def test_unary_calls_pass_with_metadata_both_ways(channel):
    call = channel[0].unary_unary("/a.B/Shout", **IDENTITY).with_call
    answer, state = await in_thread(call, b"hello", metadata=[("x-asked", "a")])
    assert answer == b"HELLO"
    assert ("x-initial", "i") in tuple(map(tuple, state.initial_metadata()))
    assert ("x-seen", "a") in tuple(map(tuple, state.trailing_metadata()))


async def test_a_large_message_passes_both_ways(channel):
    call = channel[0].unary_unary("/a.B/Shout", **IDENTITY)
    assert await in_thread(call, b"a" * 3_000_000, metadata=[("x-asked", "a")]) == b"A" * 3_000_000


async def test_answers_stream(channel):
    call = channel[0].unary_stream("/a.B/Count", **IDENTITY)
    assert await in_thread(lambda *given, **named: list(call(*given, **named)), b"100") == [
        b"%d" % at for at in range(100)
    ]


async def test_requests_stream(channel):
    call = channel[0].stream_unary("/a.B/Join", **IDENTITY)
    assert await in_thread(call, iter([b"a", b"b", b"c"])) == b"a,b,c"


async def test_both_sides_stream_in_turns(channel):
    call = channel[0].stream_stream("/a.B/Talk", **IDENTITY)

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
    call = channel[0].unary_unary("/a.B/Fail", **IDENTITY)
    with pytest.raises(grpc.RpcError) as caught:
        await in_thread(call, b"")
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.NOT_FOUND, "no such thing: ü")


async def test_many_calls_at_once_share_a_connection(channel):
    call = channel[0].unary_unary("/a.B/Shout", **IDENTITY)

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
