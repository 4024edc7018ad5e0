from __future__ import annotations

import contextlib
import ssl
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.tls.alert import AlertError
from pogoproxy.tls.hello import LARGEST, ClientHello, NotTls, read_hello
from pogoproxy.tls.key_exchange import may_be_costly


@cache
def hello(name: str | None = "example.com", alpn: tuple[str, ...] = ("h2", "http/1.1")) -> bytes:
    """What OpenSSL sends first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(list(alpn))
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def in_records(data: bytes, size: int) -> bytes:
    """The same message in records of at most `size` bytes."""
    message = data[5:]
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2) + piece for piece in pieces)


def test_name_and_protocols_are_read():
    assert read_hello(hello()) == ClientHello("example.com", ("h2", "http/1.1"))


def test_names_are_compared_in_lower_case_and_without_the_root_s_dot():
    assert read_hello(hello("EXAMPLE.com")) == ClientHello("example.com", ("h2", "http/1.1"))


def test_a_client_may_say_neither():
    assert read_hello(hello(None, ())) == ClientHello()


@given(st.integers(1, 300))
def test_a_hello_may_come_in_several_records(size: int):
    assert read_hello(in_records(hello(), size)) == ClientHello("example.com", ("h2", "http/1.1"))


@given(st.data())
def test_every_beginning_is_incomplete(data: st.DataObject):
    whole = hello()
    assert read_hello(whole[: data.draw(st.integers(0, len(whole) - 1))]) is None


@given(st.binary(max_size=400))
def test_whatever_comes_is_read_refused_or_waited_for(junk: bytes):
    for data in (junk, b"\x16\x03\x01" + junk, hello()[:50] + junk):
        with contextlib.suppress(NotTls, AlertError):
            assert isinstance(read_hello(data), ClientHello | None)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"\x00", b"\x80\x2e\x01", b"\x16\x02\x00\x00\x00"])
def test_other_protocols_are_told_apart(data: bytes):
    with pytest.raises(NotTls):
        read_hello(data)


def test_a_hello_has_a_bound():
    endless = (b"\x16\x03\x01\x40\x00\x01\x00\xff\xff" + bytes(0x4000 - 4)) * (LARGEST // 0x4000 + 1)
    with pytest.raises(AlertError):
        read_hello(endless)


def test_empty_records_do_not_go_on_for_ever():
    with pytest.raises(AlertError):
        read_hello(b"\x16\x03\x01\x00\x00" * (LARGEST // 5 + 1))


def test_a_share_of_a_finite_field_is_refused():
    """A client chooses the size of the numbers with which the server computes, and need not compute itself."""
    x25519, ffdhe8192 = b"\x00\x1d\x00\x20", b"\x01\x04\x00\x20"
    with pytest.raises(AlertError, match="costly"):
        read_hello(hello().replace(x25519, ffdhe8192))


@pytest.mark.parametrize("groups", [b"", b"\x01\x04", b"\x0a\x0a\x01\x00"])
def test_groups_without_a_curve_are_refused(groups: bytes):
    assert may_be_costly(len(groups).to_bytes(2) + groups, b"\x00\x00")


def test_finite_fields_beside_a_curve_are_no_matter():
    assert not may_be_costly(b"\x00\x06\x1a\x1a\x01\x04\x00\x17", b"\x00\x05\x1a\x1a\x00\x01\x00")
