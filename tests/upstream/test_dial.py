"""Fresh connections."""

from __future__ import annotations

import asyncio
import socket

import pytest

from pogoproxy.errors import DialError
from pogoproxy.upstream.dial import Dialer
from pogoproxy.upstream.target import Address
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


async def test_a_name_that_does_not_resolve_is_a_failed_dial():
    async def resolve(name: str) -> list[str]:
        raise OSError("nobody knows")

    with pytest.raises(DialError, match="nobody knows"):
        await Dialer(resolve=resolve).dial(Address("name", 80), Made)
