"""The line between a front and the PHP requests that it has under way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pogoproxy.errors import UpstreamTimeout
from pogoproxy.upstream.fastcgi.leash import Leash


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
async def leash(short_path: Path) -> AsyncIterator[Leash]:
    made = Leash()
    made.open(short_path)
    yield made
    made.close()
    assert not files(short_path)


async def connected(told: str) -> socket.socket:
    """A script's end of its line."""
    number, _, path = told.split(" ", 2)
    line = socket.socket(socket.AF_UNIX)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, path)
    line.send(number.encode())
    return line


async def last_word(line: socket.socket) -> bytes:
    with line:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(line, 10), 10)


async def test_a_script_hears_that_its_request_was_answered(leash: Leash) -> None:
    number, told = leash.request()
    async with leash.held(number):
        line = await connected(told)
    assert await last_word(line) == b"+"
    assert await last_word(await connected(told)) == b"+"  # as after `fastcgi_finish_request()`


async def test_a_script_hears_that_its_client_has_left(leash: Leash) -> None:
    number, told = leash.request()
    line = None
    with pytest.raises(asyncio.CancelledError):
        async with leash.held(number):
            line = await connected(told)
            raise asyncio.CancelledError
    assert line is not None
    assert await last_word(line) == b""
    assert await last_word(await connected(told)) == b""


async def test_requests_do_not_end_each_other(leash: Leash) -> None:
    (first, told), (second, _) = leash.request(), leash.request()
    async with leash.held(first):
        line = await connected(told)
        async with leash.held(second):
            pass
        with pytest.raises(BlockingIOError):
            line.recv(1)
    assert await last_word(line) == b"+"


async def test_nonsense_ends_the_line_alone(leash: Leash) -> None:
    number, told = leash.request()
    async with leash.held(number):
        assert await last_word(await connected(f"x{told}")) == b""
        line = await connected(told)
    assert await last_word(line) == b"+"


async def test_a_request_that_is_not_begun_with_is_given_up(short_path: Path) -> None:
    leash = Leash(0.05)
    leash.open(short_path)
    number, told = leash.request()
    with pytest.raises(UpstreamTimeout, match=r"no process of PHP was free within 0\.05 s"):
        async with leash.held(number):
            await asyncio.sleep(10)
    assert await last_word(await connected(told)) == b""
    number, told = leash.request()
    async with leash.held(number):
        leash.begun(number)
        await asyncio.sleep(0.1)  # longer than it may have waited
    leash.close()
