"""A browser, headless: many requests at once, an upload and a WebSocket, all on one connection by HTTP/2."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from pogoproxy.http.exchange import Exchange
from pogoproxy.http.server import Server
from pogoproxy.tls.handshake import Handshake
from tests.tls.certificates import make
from tests.tls.conftest import Fixed

pytestmark = pytest.mark.peer

PAGE = (Path(__file__).parent / "page.html").read_bytes()


async def echo_one_message(exchange: Exchange) -> None:
    """As a WebSocket server has it, for a short text."""
    stream = await exchange.writer.switch([])
    message = await stream.read()
    size, mask = message[1] & 0x7F, message[2:6]
    text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(message[6 : 6 + size]))
    await stream.write(bytes((0x81, size)) + text)
    await stream.read()
    stream.close()


class Site:
    """The page, and what it finds out."""

    def __init__(self) -> None:
        self.found: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.versions: set[tuple[int, int]] = set()

    async def __call__(self, exchange: Exchange) -> None:
        self.versions.add(exchange.version)
        if exchange.path == "/socket":
            return await echo_one_message(exchange)
        sent = b""
        while piece := await exchange.body.read():
            sent += piece
        if exchange.path == "/done":
            self.found.set_result(sent)
        body = PAGE if exchange.path == "/" else b"%d" % len(sent)
        await exchange.writer.start(200, [(b"Content-Type", b"text/html")], len(body))
        return await exchange.writer.write(body)


async def test_chromium_speaks_http2_with_us(tmp_path: Path, peer: Callable[[str], str]) -> None:
    site = Site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make("localhost").write(tmp_path, "localhost"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    listening = socket.create_server(("127.0.0.1", 0))
    async with Server(site, [listening], entrance=lambda server: Handshake(server, Fixed(context))):
        browser = await asyncio.create_subprocess_exec(
            peer("chromium"),
            *("--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors"),
            *("--remote-debugging-port=0", f"--user-data-dir={tmp_path / 'profile'}"),
            f"https://localhost:{listening.getsockname()[1]}/",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert await asyncio.wait_for(site.found, 60) == b"h2 30 500000 hello"
        finally:
            browser.terminate()
            await browser.wait()
    assert site.versions == {(2, 0)}
