"""Fresh connections."""

from __future__ import annotations

import asyncio
import socket

import pytest

from pogoproxy.errors import DialError
from pogoproxy.upstream.dial import Dialer
from pogoproxy.upstream.target import Address
from pogoproxy.upstream.way import Way
from tests.wire import Client


class Made(asyncio.Protocol):
    """Keeps its socket."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.socket = transport.get_extra_info("socket")
        self.close = transport.close


async def listen(client: Client) -> None:
    await client.rest()


@pytest.mark.parametrize(("probe", "interval"), [(0, 75), (7, 7)])
async def test_idle_connections_may_be_probed(origin, probe, interval):
    async with origin(listen) as running:
        made = await Dialer(probe=probe).dial(Address(*running.address), Made)
        assert bool(made.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)) == bool(probe)
        assert made.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == interval
        made.close()


async def test_a_name_with_several_addresses_is_dialed_until_one_answers(origin):
    async def resolve(name: str) -> list[str]:
        return ["::1", "127.0.0.2", "127.0.0.1"] if name == "several" else []

    async with origin(listen) as running:
        made = await Dialer(resolve=resolve).dial(Address("several", running.address[1]), Made)
        assert made.socket.getpeername() == running.address
        made.close()


async def test_the_address_that_the_upstream_sees_may_be_chosen(origin):
    async with origin(listen) as running:
        made = await Dialer(local_address="127.0.0.9").dial(Address("localhost", running.address[1]), Made)
        assert made.socket.getsockname()[0] == "127.0.0.9"
        made.close()


@pytest.mark.parametrize("way", [None, Way(announcement=b"PROXY UNKNOWN\r\n")])
async def test_a_unix_socket_is_dialed_by_its_path(short_path, way):
    heard = asyncio.get_running_loop().create_future()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.read())
        writer.close()

    async with await asyncio.start_unix_server(accept, str(short_path / "up")):
        made = await Dialer().dial(Address("", path=str(short_path / "up")), Made, way)
        assert made.socket.family == socket.AF_UNIX
        made.close()
        assert await asyncio.wait_for(heard, 10) == (b"" if way is None else way.announcement)


async def test_a_unix_socket_that_is_not_there_is_a_failed_dial(short_path):
    with pytest.raises(DialError, match="No such file"):
        await Dialer().dial(Address("", path=str(short_path / "none")), Made)


async def test_a_name_that_does_not_resolve_is_a_failed_dial():
    async def resolve(name: str) -> list[str]:
        raise OSError("nobody knows")

    with pytest.raises(DialError, match="nobody knows"):
        await Dialer(resolve=resolve).dial(Address("name", 80), Made)
