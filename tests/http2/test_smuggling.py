"""What an attacker writes into HTTP/2 fields so that HTTP/1 behind us reads it otherwise: refused, each by its name.

What is passed on is compared with the bytes that the upstream saw.
"""

from __future__ import annotations

import pytest

from pogoproxy.http2.codes import Code
from pogoproxy.http2.frames import Kind
from tests.http2.peer import GET, POST, Fields, Peer, echo
from tests.wire import Client

METHOD, SCHEME, PATH, AUTHORITY = GET


def with_field(name: bytes, value: bytes = b"x") -> Fields:
    return [*GET, (name, value)]


def instead(name: bytes, value: bytes) -> Fields:
    return [(key, value if key == name else before) for key, before in GET]


REFUSED = {
    "CR LF in a value": with_field(b"x", b"a\r\nhost: evil"),
    "LF in a value": with_field(b"x", b"a\nb"),
    "CR in a value": with_field(b"x", b"a\rb"),
    "NUL in a value": with_field(b"x", b"a\0b"),
    "another control byte in a value": with_field(b"x", b"a\x1bb"),
    "DEL in a value": with_field(b"x", b"a\x7f"),
    "a value that begins with a space": with_field(b"x", b" a"),
    "a value that ends with a tab": with_field(b"x", b"a\t"),
    "CR LF in a name": with_field(b"x: y\r\nz"),
    "NUL in a name": with_field(b"x\0"),
    "a colon in a name": with_field(b"x:y"),
    "a name that ends with a colon": with_field(b"transfer-encoding:"),
    "a space in a name": with_field(b"x y"),
    "a name that ends with a space": with_field(b"transfer-encoding "),
    "upper case in a name": with_field(b"X"),
    "a name beyond ASCII": with_field(b"x\xe4"),
    "an empty name": with_field(b""),
    "Transfer-Encoding": with_field(b"transfer-encoding", b"chunked"),
    "Connection": with_field(b"connection", b"x-forwarded-for"),
    "Proxy-Connection": with_field(b"proxy-connection", b"close"),
    "Keep-Alive": with_field(b"keep-alive", b"1"),
    "Upgrade": with_field(b"upgrade", b"h2c"),
    "HTTP2-Settings": with_field(b"http2-settings", b"AAMAAABk"),
    "TE other than trailers": with_field(b"te", b"chunked"),
    "two hosts": [*GET, (b"host", b"a.example"), (b"host", b"a.example")],
    "a host that is not the authority": with_field(b"host", b"evil.example"),
    "two authorities": [AUTHORITY, *GET],
    "CR LF in the authority": instead(b":authority", b"a\r\nx: y"),
    "CR LF in the path": instead(b":path", b"/ HTTP/1.1\r\nhost: evil\r\n\r\n"),
    "a space in the path": instead(b":path", b"/ HTTP/1.1"),
    "a tab in the path": instead(b":path", b"/\tx"),
    "a fragment in the path": instead(b":path", b"/#/admin"),
    "a path without a slash": instead(b":path", b"admin"),
    "an absolute path": instead(b":path", b"http://evil.example/"),
    "an asterisk for a GET": instead(b":path", b"*"),
    "NUL in the path": instead(b":path", b"/\0"),
    "a space in the method": instead(b":method", b"GET /admin"),
    "CR LF in the method": instead(b":method", b"GET / HTTP/1.1\r\n"),
    "an empty method": instead(b":method", b""),
    "a scheme that is none": instead(b":scheme", b"http://evil.example/x?"),
    ":protocol without CONNECT": [(b":protocol", b"websocket"), *GET],
    "a pseudo field of answers": [(b":status", b"200"), *GET],
    "a Content-Length that is no number": with_field(b"content-length", b"1x"),
    "a signed Content-Length": with_field(b"content-length", b"+1"),
    "a Content-Length of other digits": with_field(b"content-length", "١".encode()),
    "a list of Content-Lengths": with_field(b"content-length", b"1, 1"),
    "an empty Content-Length": with_field(b"content-length", b""),
    "an endless Content-Length": with_field(b"content-length", b"9" * 30),
    "two Content-Lengths": [*GET, (b"content-length", b"0"), (b"content-length", b"1")],
    "a Content-Length without a body": with_field(b"content-length", b"1"),
}

TRAILERS = {
    "a pseudo field": [(b":path", b"/admin")],
    "Transfer-Encoding": [(b"transfer-encoding", b"chunked")],
    "Content-Length": [(b"content-length", b"0")],
    "Host": [(b"host", b"evil")],
    "CR LF": [(b"x", b"a\r\nb")],
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_request_is_malformed_with(h2, name):
    async with h2(echo) as peer:
        peer.request(1, REFUSED[name])
        assert await peer.reset(1) is Code.PROTOCOL_ERROR
        assert (await peer.ask(3)).status == 200


@pytest.mark.parametrize("name", TRAILERS)
async def test_a_trailer_is_malformed_with(h2, name):
    async with h2(echo) as peer:
        peer.request(1, POST, end=False)
        peer.request(1, TRAILERS[name])
        assert await peer.reset(1) is Code.PROTOCOL_ERROR


@pytest.mark.parametrize("sent", [b"more than one", b""])
async def test_a_body_must_have_its_length(h2, sent):
    async with h2(echo) as peer:
        peer.request(1, [*POST, (b"content-length", b"1")], end=False)
        peer.data(1, sent, end=True)
        assert await peer.reset(1) is Code.PROTOCOL_ERROR


@pytest.mark.parametrize("host", [b"a b", b"a/b", b"user@a", b"a\\b", b"a?b"])
async def test_a_host_that_can_be_none_is_a_bad_request(h2, host):
    async with h2(echo) as peer:
        assert (await peer.ask(1, instead(b":authority", host))).status == 400


async def test_connect_is_not_served(h2):
    async with h2(echo) as peer:
        assert (await peer.ask(1, [(b":method", b"CONNECT"), AUTHORITY])).status == 405


# What is passed on.


async def seen_by_upstream(origin, proxied, send) -> bytes:
    seen = []

    async def script(client: Client) -> None:
        head = await client.head()
        body = b""
        if b"Transfer-Encoding: chunked" in head:
            body = await client.until(b"n\r\n0\r\n\r\n")
        elif b"Content-Length: " in head:
            body = await client.exactly(int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]))
        seen.append(head + body)
        client.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.rest()

    async with origin(script) as upstream, proxied(upstream.dial, protocols=("h2c",)) as site:
        client = await site.connect()
        peer = Peer(client.reader, client.writer)
        peer.greet()
        send(peer)
        assert (await peer.answer(1)).status == 204
    assert len(seen) == 1
    return seen[0]


FORWARDED = (
    b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\nVia: 2.0 pogoproxy\r\n"
)


async def test_the_upstream_sees_one_request_of_http1(origin, proxied):
    fields = [
        *GET[:2],
        (b":path", b"/a%0d%0a?b=c"),
        AUTHORITY,
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x_b", b"3"),
        (b"host", b"a.example"),
        (b"cookie", b"c=1"),
        (b"cookie", b"d=2"),
        (b"te", b"trailers"),
    ]
    seen = await seen_by_upstream(origin, proxied, lambda peer: peer.request(1, fields))
    assert seen == (
        b"GET /a%0d%0a?b=c HTTP/1.1\r\nHost: a.example\r\nx-a: 1\r\nx-a: 2\r\ncookie: c=1; d=2\r\nTE: trailers\r\n"
        + FORWARDED
        + b"\r\n"
    )


async def test_a_body_of_unknown_length_is_chunked_and_its_trailer_stays_here(origin, proxied):
    def send(peer: Peer) -> None:
        peer.request(1, POST, end=False)
        peer.data(1, b"0\r\n\r\nGET /admin")
        peer.request(1, [(b"x", b"y")])

    seen = await seen_by_upstream(origin, proxied, send)
    assert seen.endswith(b"Transfer-Encoding: chunked\r\n\r\nf\r\n0\r\n\r\nGET /admin\r\n0\r\n\r\n")
    assert b"x: y" not in seen


async def test_a_body_of_known_length_has_it(origin, proxied):
    def send(peer: Peer) -> None:
        peer.request(1, [*POST, (b"content-length", b"3")], end=False)
        peer.data(1, b"abc", end=True)

    seen = await seen_by_upstream(origin, proxied, send)
    assert seen == b"POST / HTTP/1.1\r\nHost: a.example\r\n" + FORWARDED + b"Content-Length: 3\r\n\r\nabc"


async def test_without_an_authority_the_host_counts(origin, proxied):
    fields = [*GET[:3], (b"host", b"b.example")]
    seen = await seen_by_upstream(origin, proxied, lambda peer: peer.request(1, fields))
    assert seen.startswith(b"GET / HTTP/1.1\r\nHost: b.example\r\n")


async def test_a_table_of_two_clients_is_never_shared(serve, connect):
    async with serve(echo) as running, connect(running) as first, connect(running) as second:
        first.greet()
        second.greet()
        assert (await first.ask(1, with_field(b"x-secret", b"s"))).status == 200
        second.send(Kind.HEADERS, 5, 1, second.encoder.encode(GET[:3]) + b"\xbe")
        assert await second.goaway() is Code.COMPRESSION_ERROR
