"""HTTP/2 to the real binary: reloads and stops lose no request that the client may not send again."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from pogoproxy.http2.frames import Kind
from tests.e2e.conftest import READY, Server, eventually
from tests.http2.peer import GET, Frame, Peer

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
	admin off
	fronts 2
	servers {
		protocols h1 h2c
	}
}
:PORT {
	log
	respond "{http.request.proto}"
}
"""


async def ask_until(is_over: Event, port: int) -> Counter[str]:
    """Ask on one connection after another, a new one whenever the server goes away; what came of it."""
    outcomes: Counter[str] = Counter()
    while not is_over.is_set():
        try:
            peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
        except ConnectionRefusedError:
            break
        peer.greet()
        outcomes += await _ask_on(peer, is_over)
        peer.close()
    return outcomes


async def _ask_on(peer: Peer, is_over: Event) -> Counter[str]:
    outcomes: Counter[str] = Counter(connections=1)
    last, stream = 2**31 - 1, 1
    is_going = False
    while not is_going and not is_over.is_set():
        peer.request(stream, GET)
        found: Frame | None = None
        while not (found is not None and found.stream == stream and found.ends_stream):
            found = await peer.frame()
            if found is None or stream > last:
                # The server has said that it did not look at the request, so it may be sent again.
                outcomes["unprocessed" if stream > last else "lost"] += 1
                return outcomes
            if found.kind is Kind.GOAWAY:
                last, is_going = int.from_bytes(found.payload[:4], "big"), True
        outcomes["answered"] += 1
        stream += 2
    return outcomes


OF_ITS_OWN = """
{
	admin off
}
:PORT {
	bind 127.0.0.1 {
		protocols h1
	}
	bind 127.0.0.2 {
		protocols h2c
	}
	respond "{http.request.proto}"
}
"""


async def speaks_http2(host: str, port: int) -> bool:
    peer = Peer(*await asyncio.open_connection(host, port))
    peer.greet()
    peer.request(1, GET)
    try:
        return (await peer.answer(1)).body == b"HTTP/2.0"
    except (AssertionError, ValueError):
        return False
    finally:
        peer.close()


def test_each_listener_speaks_what_is_its_own(tmp_path: Path) -> None:
    server = Server(tmp_path, OF_ITS_OWN)
    try:
        assert eventually(lambda: f"serving http://127.0.0.1:{server.port}" in server.log, READY), server.log
        assert server.get().text == "HTTP/1.1"
        assert not asyncio.run(speaks_http2("127.0.0.1", server.port))
        assert asyncio.run(speaks_http2("127.0.0.2", server.port))
    finally:
        server.stop()


def test_no_request_is_lost_in_reloads(serve: Callable[..., Server]) -> None:
    server, is_over = serve(CADDYFILE), Event()
    with ThreadPoolExecutor(2) as threads:
        clients = [threads.submit(asyncio.run, ask_until(is_over, server.port)) for _ in range(2)]
        for times in (1, 2):
            server.process.send_signal(signal.SIGUSR1)
            assert eventually(lambda times=times: server.log.count("reloaded, serving") == times, 30), server.log
        is_over.set()
        outcomes = sum((client.result(60) for client in clients), Counter[str]())
    assert outcomes["lost"] == 0
    assert outcomes["answered"] > 10
    assert '"proto":"HTTP/2.0"' in server.log


def test_no_request_is_lost_in_a_stop(serve: Callable[..., Server]) -> None:
    server = serve(CADDYFILE)
    with ThreadPoolExecutor(1) as threads:
        client = threads.submit(asyncio.run, ask_until(Event(), server.port))
        assert eventually(lambda: server.log.count("HTTP/2.0") > 3, 30)
        assert server.stop() == 0
        outcomes = client.result(60)
    assert outcomes["lost"] == 0
