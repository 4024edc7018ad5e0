"""Listen addresses: Caddy's forms, and sockets that say clearly why they cannot be."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError, RuntimeFault
from pogoproxy.net import ListenAddress, bind, parse, private, with_actual_port


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (":80", [ListenAddress("tcp", "", 80)]),
        ("localhost:8080", [ListenAddress("tcp", "localhost", 8080)]),
        ("[::1]:443", [ListenAddress("tcp", "::1", 443)]),
        ("tcp4/:80", [ListenAddress("tcp4", "", 80)]),
        ("127.0.0.1:80-81", [ListenAddress("tcp", "127.0.0.1", 80), ListenAddress("tcp", "127.0.0.1", 81)]),
        ("unix//run/x.sock", [ListenAddress("unix", "/run/x.sock")]),
        ("unix//run/x.sock|0222", [ListenAddress("unix", "/run/x.sock", mode=0o222)]),
        ("fd/3", [ListenAddress("fd", "3")]),
    ],
)
def test_caddys_forms_are_read(text: str, addresses: list[ListenAddress]) -> None:
    assert parse(text) == addresses


@pytest.mark.parametrize(
    "text", ["", "80", ":", ":x", ":70000", ":9-8", "udp/:53", "fd/x", "unix//a|9", "::1:80", "[:80"]
)
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


@given(st.text())
def test_no_text_gives_anything_but_addresses_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse(text)


@given(st.sampled_from(["tcp", "tcp4", "tcp6"]), st.sampled_from(["", "localhost", "::1"]), st.integers(0, 65535))
def test_an_address_reads_back_what_it_prints(network: str, host: str, port: int) -> None:
    address = ListenAddress(network, host, port)
    assert parse(str(address)) == [address]


def test_every_interface_takes_both_families() -> None:
    (made,) = bind(ListenAddress("tcp", "", 0))
    with made:
        port = made.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
        assert with_actual_port(ListenAddress("tcp", "", 0), made).port == port


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(RuntimeFault) as fault:
            bind(ListenAddress("tcp", "127.0.0.1", port))
    assert str(fault.value) == f"cannot listen on 127.0.0.1:{port}: the address is already in use by another process"


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    private(path).close()
    with private(path), pytest.raises(RuntimeFault, match="already in use"):
        private(path)


def test_a_private_unix_socket_is_for_its_user_alone(tmp_path: Path) -> None:
    with private(tmp_path / "a.sock"):
        assert stat.S_IMODE((tmp_path / "a.sock").stat().st_mode) == 0o600


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(RuntimeFault):
        private(path)
    assert path.read_text() == "data"


def test_an_inherited_descriptor_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as inherited:
        (made,) = bind(ListenAddress("fd", str(inherited.fileno())))
        with made:
            assert made.getsockname() == inherited.getsockname()
            assert made.fileno() != inherited.fileno()
            assert os.get_inheritable(made.fileno()) is False
