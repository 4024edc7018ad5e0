"""Listening sockets outlive a config; what cannot be bound leaves nothing behind."""

from __future__ import annotations

import socket

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.listeners import Listeners
from pogoproxy.net import ListenAddress
from pogoproxy.runtime import url


def free() -> ListenAddress:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return ListenAddress("tcp", "127.0.0.1", probe.getsockname()[1])


def is_answered(address: ListenAddress) -> bool:
    with socket.socket() as client:
        return client.connect_ex((address.host, address.port)) == 0


def test_an_address_of_two_configs_is_bound_once() -> None:
    listeners, address = Listeners(), free()
    (first,) = listeners.open([address])[address]
    (second,) = listeners.open([address, address])[address]
    assert first is second
    listeners.close()
    assert not is_answered(address)


def test_only_what_the_config_names_stays_bound() -> None:
    listeners, kept, left = Listeners(), free(), free()
    listeners.open([kept, left])
    listeners.keep([kept])
    assert is_answered(kept)
    assert not is_answered(left)
    listeners.close()


def test_a_config_that_cannot_be_bound_leaves_nothing_bound() -> None:
    listeners, fine = Listeners(), free()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = ListenAddress("tcp", "127.0.0.1", other.getsockname()[1])
        with pytest.raises(RuntimeFault, match="already in use"):
            listeners.open([fine, taken])
    assert not is_answered(fine)


def test_port_0_is_told_as_the_port_it_became() -> None:
    listeners, any_port = Listeners(), ListenAddress("tcp", "127.0.0.1", 0)
    (bound,) = listeners.open([any_port])[any_port]
    assert [address.port for address in listeners.actual([any_port])] == [bound.getsockname()[1]]
    listeners.close()


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (ListenAddress("tcp", "", 80), "http://localhost"),
        (ListenAddress("tcp", "::", 8080), "http://localhost:8080"),
        (ListenAddress("tcp", "::1", 8080), "http://[::1]:8080"),
        (ListenAddress("unix", "/run/x.sock"), "unix//run/x.sock"),
    ],
)
def test_the_ready_line_names_what_a_browser_here_can_open(address: ListenAddress, text: str) -> None:
    assert url(address) == text
