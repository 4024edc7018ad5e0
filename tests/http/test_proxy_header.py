from __future__ import annotations

import contextlib
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.http.proxy_header import BadHeader, Header, NoHeader, read_header

V1 = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def v2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


V2 = v2(0x21, 0x11, socket.inet_aton("192.0.2.1") + socket.inet_aton("198.51.100.1") + struct.pack("!HH", 56324, 443))
V2_IPV6 = v2(
    0x21,
    0x21,
    socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    + socket.inet_pton(socket.AF_INET6, "2001:db8::2")
    + struct.pack("!HH", 1, 2),
)
PAIR = (("192.0.2.1", 56324), ("198.51.100.1", 443))


@pytest.mark.parametrize("header", [V1, V2])
def test_both_versions_say_who_speaks_to_whom(header: bytes):
    assert read_header(header + b"GET / HTTP/1.1") == Header(len(header), *PAIR)


def test_ipv6_is_read_in_both_versions():
    line = b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"
    pair = (("2001:db8::1", 1), ("2001:db8::2", 2))
    assert read_header(line) == Header(len(line), *pair)
    assert read_header(V2_IPV6) == Header(len(V2_IPV6), *pair)


def test_additions_of_version_2_are_passed_over():
    longer = v2(0x21, 0x11, V2[16:] + b"\x03\x00\x04abcd")
    assert read_header(longer) == Header(len(longer), *PAIR)


@pytest.mark.parametrize(
    "header", [b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN a b c d\r\n", v2(0x20, 0, b""), v2(0x21, 0x31, bytes(216))]
)
def test_a_proxy_may_speak_for_itself_or_of_what_is_no_tcp(header: bytes):
    assert read_header(header) == Header(len(header))


@given(st.sampled_from([V1, V2, V2_IPV6]), st.data())
def test_every_beginning_is_incomplete(header: bytes, data: st.DataObject):
    assert read_header(header[: data.draw(st.integers(0, len(header) - 1))]) is None


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"PROXX", b"\r\n\r\nx", b"PRI * HTTP/2.0"])
def test_other_bytes_are_no_header(data: bytes):
    with pytest.raises(NoHeader):
        read_header(data)


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n",
        b"PROXY TCP4 2001:db8::1 198.51.100.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n",
        b"PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n",
        b"PROXY " + b"a" * 200,
        v2(0x31, 0x11, V2[16:]),
        v2(0x22, 0x11, V2[16:]),
        v2(0x21, 0x11, b"short"),
        v2(0x21, 0x11, bytes(5000)),
    ],
)
def test_a_malformed_header_is_refused(header: bytes):
    with pytest.raises(BadHeader):
        read_header(header)


@given(
    st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11\x00"]), st.binary(max_size=200)
)
def test_whatever_comes_is_read_refused_or_waited_for(start: bytes, rest: bytes):
    with contextlib.suppress(NoHeader, BadHeader):
        header = read_header(start + rest)
        assert header is None or header.length <= len(start + rest)
