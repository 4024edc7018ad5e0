"""What real clients make of it: curl, nghttp, h2load, and the library h2."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from pogoproxy.http.exchange import Exchange
from tests.http2.peer import echo
from tests.wire import Running

pytestmark = pytest.mark.peer


async def large(exchange: Exchange) -> None:
    """Eight megabytes, more than any window."""
    await exchange.writer.start(200, [], None)
    for _ in range(128):
        await exchange.writer.write(bytes(65536))
    await exchange.writer.finish([(b"X-After", b"1")])


Run = Callable[..., Awaitable[bytes]]


@pytest.fixture
def run(peer: Callable[[str], str]) -> Run:
    """`await run(program, argument, …, feed=…)` is what it says."""

    async def running(program: str, *arguments: str, feed: bytes = b"") -> bytes:
        process = await asyncio.create_subprocess_exec(
            peer(program),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(feed), 60)
        assert process.returncode == 0, said
        return said

    return running


def url(running: Running, path: str = "/") -> str:
    return f"http://127.0.0.1:{running.address[1]}{path}"


async def test_curl_gets(serve, run):
    async with serve(echo) as running:
        said = await run("curl", "-sS", "--http2-prior-knowledge", "-w", " %{http_version}", url(running, "/a?b"))
        assert said.startswith(b"GET 127.0.0.1:")
        assert said.endswith(b" /a?b  2")


async def test_curl_posts_more_than_the_windows_hold(serve, run):
    async def counting(exchange: Exchange) -> None:
        while await exchange.body.read():
            pass
        text = b"%d" % exchange.body.received
        await exchange.writer.start(200, [], len(text))
        await exchange.writer.write(text)

    async with serve(counting) as running:
        command = ("curl", "-sS", "--http2-prior-knowledge", "--data-binary", "@-", url(running))
        assert await run(*command, feed=bytes(5_000_000)) == b"5000000"


async def test_curl_takes_a_large_answer(serve, run):
    async with serve(large) as running:
        told = "%{http_version} %{size_download}"
        said = await run("curl", "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w", told, url(running))
        assert said == b"2 8388608"


async def test_curl_asks_for_an_upgrade_and_stays_with_http1(serve, run):
    async with serve(echo) as running:
        said = await run("curl", "-sS", "--http2", "-w", " %{http_version}", url(running))
        assert said.endswith(b" 1.1")


async def test_nghttp_speaks_to_us_without_an_error(serve, run):
    async with serve(echo) as running:
        said = await run("nghttp", "-v", "-m", "20", url(running))
        assert len(re.findall(rb"recv HEADERS frame", said)) == 20
        assert b"RST_STREAM" not in said and b"recv GOAWAY" not in said


async def test_h2load_finds_all_requests_answered(serve, run):
    async with serve(echo) as running:
        said = await run("h2load", "-n", "3000", "-c", "5", "-m", "50", url(running))
        assert b"3000 succeeded, 0 failed, 0 errored, 0 timeout" in said


async def test_nodes_client_gets_posts_and_connects(serve, run):
    async def of_all_kinds(exchange: Exchange) -> None:
        if exchange.path == "/c":
            stream = await exchange.writer.switch([])
            while data := await stream.read():
                await stream.write(data.upper())
            stream.write_eof()
            return
        size = 0
        while piece := await exchange.body.read():
            size += len(piece)
        await exchange.writer.start(200, [], None)
        await exchange.writer.write(b"%b %d" % (exchange.path.encode(), size))
        await exchange.writer.finish([(b"X-After", b"1")])

    async with serve(of_all_kinds) as running:
        said = json.loads(await run("node", str(Path(__file__).parent / "client.mjs"), url(running)))
    assert said == {
        "connects": True,
        "answers": [
            {"status": 200, "body": "/a 0", "trailer": "1"},
            {"status": 200, "body": "/b 300000", "trailer": "1"},
            {"status": 200, "body": "HELLO"},
        ],
    }


async def test_the_library_h2_agrees_with_all_we_send(serve):
    """It checks each frame against the RFC, and raises if one is wrong."""
    async with serve(large) as running:
        reader, writer = await asyncio.open_connection(*running.address)
        client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        client.initiate_connection()
        client.send_headers(
            1, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")], end_stream=True
        )
        received, ended, trailers = 0, False, None
        async with asyncio.timeout(60):
            while not ended:
                writer.write(client.data_to_send())
                for event in client.receive_data(await reader.read(65536)):
                    match event:
                        case h2.events.DataReceived():
                            received += len(event.data)
                            client.acknowledge_received_data(event.flow_controlled_length, 1)
                        case h2.events.TrailersReceived():
                            trailers = event.headers
                        case h2.events.StreamEnded():
                            ended = True
        writer.close()
    assert received == 8 * 1024 * 1024
    assert trailers == [("x-after", "1")]
