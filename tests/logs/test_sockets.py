"""Log lines into a socket, and what becomes of them while nobody takes them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.logs.sockets import SocketWriter


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(10)
        yield made


def line(listening: socket.socket) -> bytes:
    """What comes first on the next connection, which is then reset."""
    accepted, _ = listening.accept()
    with accepted:
        accepted.settimeout(10)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return accepted.recv(100)


def test_a_connection_that_broke_is_made_again(listening: socket.socket) -> None:
    instead: list[bytes] = []
    write = SocketWriter(f"127.0.0.1:{listening.getsockname()[1]}", clock=lambda: 20.0, instead=instead.append)
    write(b"one\n")
    assert line(listening) == b"one\n"
    write(b"two\n")
    assert line(listening) == b"two\n"
    assert not instead
    write.close()


def test_lines_go_elsewhere_until_it_is_time_to_try_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    now, instead = [0.0], []
    write = SocketWriter(f"tcp/127.0.0.1:{port}", soft_start=True, clock=lambda: now[0], instead=instead.append)
    assert b"failed to connect" in instead.pop()
    write(b"lost\n")
    assert instead == [b"lost\n"]
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(10)
        write(b"soon\n")
        now[0] = 11.0
        write(b"there\n")
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(100) == b"there\n"
    assert instead == [b"lost\n", b"soon\n"]
    write.close()


def test_without_soft_start_a_collector_must_be_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(RuntimeFault, match="cannot connect to log output"):
        SocketWriter(f"127.0.0.1:{port}")


def test_each_line_is_a_datagram_of_its_own() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.bind(("127.0.0.1", 0))
        taking.settimeout(10)
        write = SocketWriter(f"udp/127.0.0.1:{taking.getsockname()[1]}")
        write(b"one\ntwo\n")
        assert [taking.recv(100), taking.recv(100)] == [b"one\n", b"two\n"]
    write.close()
