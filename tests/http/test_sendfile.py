"""Files that the kernel sends: whole, in parts, to slow clients and to those that leave."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from pogoproxy.http import file_body, sendfile
from pogoproxy.http.exchange import Exchange
from pogoproxy.http.writer import WriterWrapper

SIZE = 3 * 1024 * 1024 + 17


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(SIZE))
    return path


class Watched:
    """An endpoint that sends a part of a file, and knows whether the kernel did it."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, *, at: int = 0, wrap: type | None = None) -> None:
        self.path, self.at, self.wrap = path, at, wrap
        self.calls = 0
        self.ended = asyncio.Event()
        send = os.sendfile

        def counted(*arguments: int) -> int:
            self.calls += 1
            return send(*arguments)

        monkeypatch.setattr(sendfile.os, "sendfile", counted)

    async def __call__(self, exchange: Exchange) -> None:
        file = os.open(self.path, os.O_RDONLY)
        try:
            writer = self.wrap(exchange.writer) if self.wrap else exchange.writer
            await writer.start(200, [], SIZE - self.at)
            await file_body.write_file(writer, file, self.at, SIZE - self.at)
            await writer.finish()
        finally:
            os.close(file)
            self.ended.set()


class Changing(WriterWrapper):
    """Changes every byte."""

    async def write(self, data: bytes) -> None:
        await self.inner.write(bytes(len(data)))


ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("at", [0, 4711])
async def test_a_file_goes_out_whole_and_the_connection_stays(serve, large, monkeypatch, at):
    endpoint = Watched(large, monkeypatch, at=at)
    async with serve(endpoint) as running:
        client = await running.connect()
        for _ in range(2):
            client.send(ASK)
            assert f"Content-Length: {SIZE - at}".encode() in await client.head()
            assert await client.exactly(SIZE - at) == large.read_bytes()[at:]
    assert endpoint.calls


async def test_a_writer_that_changes_bodies_sees_each_byte(serve, large, monkeypatch):
    endpoint = Watched(large, monkeypatch, wrap=Changing)
    async with serve(endpoint) as running:
        client = await running.connect()
        client.send(ASK)
        await client.head()
        assert not any(await client.exactly(SIZE))
    assert not endpoint.calls


async def test_writers_that_pass_bodies_on_are_passed_by(serve, large, monkeypatch):
    endpoint = Watched(large, monkeypatch, wrap=WriterWrapper)
    async with serve(endpoint) as running:
        client = await running.connect()
        client.send(ASK)
        await client.head()
        assert await client.exactly(SIZE) == large.read_bytes()
    assert endpoint.calls


async def test_a_client_that_leaves_ends_the_sending(serve, large, monkeypatch):
    endpoint = Watched(large, monkeypatch)
    async with serve(endpoint) as running:
        client = await running.connect()
        client.send(ASK)
        await client.head()
        client.writer.transport.abort()
        await asyncio.wait_for(endpoint.ended.wait(), 10)


async def test_a_file_that_becomes_shorter_breaks_off(serve, large, monkeypatch):
    endpoint = Watched(large, monkeypatch)
    async with serve(endpoint) as running:
        os.truncate(large, SIZE // 2)
        client = await running.connect()
        client.send(ASK)
        await client.head()
        assert len(await client.rest()) == SIZE // 2


async def test_what_is_not_in_memory_is_read_in_a_thread(serve, large, monkeypatch):
    monkeypatch.setattr(sendfile, "is_at_hand", lambda file, at: False)
    endpoint = Watched(large, monkeypatch)
    async with serve(endpoint) as running:
        client = await running.connect()
        client.send(ASK)
        await client.head()
        assert await client.exactly(SIZE) == large.read_bytes()
