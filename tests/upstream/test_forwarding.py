"""The head that goes upstream."""

from __future__ import annotations

import pytest

from pogoproxy.upstream.forwarding import forwarded, request_head
from tests.exchanges import make

OURS = [
    (b"X-Forwarded-For", b"1.2.3.4"),
    (b"X-Forwarded-Proto", b"http"),
    (b"X-Forwarded-Host", b"example.com"),
    (b"Via", b"1.1 pogoproxy"),
]


def fields(*headers: tuple[bytes, bytes], trusted: bool = False, **more: object) -> list[tuple[bytes, bytes]]:
    more.setdefault("remote", ("1.2.3.4", 5))
    exchange, _ = make(headers=list(headers), **more)
    return forwarded(exchange, trusted=trusted)


def test_a_plain_request():
    assert fields((b"host", b"example.com"), (b"Accept", b"*/*")) == [
        (b"Host", b"example.com"),
        (b"Accept", b"*/*"),
        *OURS,
    ]


@pytest.mark.parametrize(
    "named", [b"X-Forwarded-For", b"Via", b"Host", b"X-Forwarded-Proto, X-Forwarded-Host", b"close, keep-alive"]
)
def test_connection_cannot_take_away_what_is_ours(named):
    assert fields((b"Connection", named)) == [(b"Host", b"example.com"), *OURS]


def test_connection_takes_away_what_it_names():
    assert fields((b"Connection", b"x-private"), (b"X-Private", b"1")) == [(b"Host", b"example.com"), *OURS]


def test_every_hop_by_hop_field_goes():
    names = (b"Keep-Alive", b"Proxy-Connection", b"Proxy-Authenticate", b"Trailer", b"TE", b"Alt-Svc", b"Upgrade")
    assert fields(*[(name, b"x") for name in names]) == [(b"Host", b"example.com"), *OURS]


def test_what_an_untrusted_client_says_of_itself_does_not_count():
    lies = [(name, b"evil") for name, _ in OURS[:3]]
    assert fields(*lies) == [(b"Host", b"example.com"), *OURS]


def test_what_a_trusted_proxy_says_is_added_to():
    told = [(b"X-Forwarded-For", b"9.9.9.9"), (b"X-Forwarded-For", b"8.8.8.8"), (b"X-Forwarded-Proto", b"https")]
    assert fields(*told, trusted=True)[1:4] == [
        (b"X-Forwarded-For", b"9.9.9.9, 8.8.8.8, 1.2.3.4"),
        (b"X-Forwarded-Proto", b"https"),
        (b"X-Forwarded-Host", b"example.com"),
    ]


def test_over_a_unix_socket_nobody_has_an_address():
    assert fields((b"X-Forwarded-For", b"evil"), remote=("@", 0)) == [(b"Host", b"example.com"), OURS[3]]


def test_an_upgrade_is_said_again_but_never_to_h2c():
    assert (b"Upgrade", b"websocket") in fields((b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"))
    assert b"Upgrade" not in dict(fields((b"Connection", b"Upgrade"), (b"Upgrade", b"h2c")))
    assert b"Upgrade" not in dict(fields((b"Upgrade", b"websocket")))


def test_equal_heads_are_worked_out_once_and_no_others_are_taken_for_them():
    memory: dict[object, list[tuple[bytes, bytes]]] = {}
    asked: list[dict[str, object]] = [
        {"headers": [(b"A", b"1")]},
        {"headers": [(b"A", b"2")]},
        {"headers": [(b"A", b"1"), (b"X-Forwarded-For", b"9.9.9.9")]},
        {"headers": [(b"A", b"1")], "remote": ("5.6.7.8", 1)},
        {"headers": [(b"A", b"1")], "host": "other.example"},
        {"headers": [(b"A", b"1")], "scheme": "https"},
        {"headers": [(b"A", b"1")], "version": (1, 0)},
    ]
    for trusted in (False, True):
        for told in asked * 2:
            afresh, _ = make(**told)
            again, _ = make(**told)
            again.memory = memory
            assert forwarded(again, trusted=trusted) == forwarded(afresh, trusted=trusted)
            lines = request_head("GET", "/", forwarded(afresh, trusted=trusted), 0)
            assert request_head("GET", "/", forwarded(again, trusted=trusted), 0) == lines
    assert len(memory) == 8


def test_what_is_remembered_of_equal_heads_is_bounded():
    memory: dict[object, list[tuple[bytes, bytes]]] = {}
    for number in range(100):
        exchange, _ = make(remote=(f"1.2.3.{number}", 5))
        exchange.memory = memory
        assert (b"X-Forwarded-For", b"1.2.3.%d" % number) in forwarded(exchange)
    assert len(memory) == 8


@pytest.mark.parametrize(
    ("method", "uri", "length", "expected"),
    [
        ("GET", "/", 0, b"GET / HTTP/1.1\r\nA: b\r\n\r\n"),
        ("POST", "/", 0, b"POST / HTTP/1.1\r\nA: b\r\nContent-Length: 0\r\n\r\n"),
        ("PUT", "/", 5, b"PUT / HTTP/1.1\r\nA: b\r\nContent-Length: 5\r\n\r\n"),
        ("GET", "/", None, b"GET / HTTP/1.1\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", "/a b\r\nX: y", 0, b"GET /a%20b%0D%0AX:%20y HTTP/1.1\r\nA: b\r\n\r\n"),
        ("GET", "/\udce9é", 0, b"GET /%E9%C3%A9 HTTP/1.1\r\nA: b\r\n\r\n"),
    ],
)
def test_request_heads(method, uri, length, expected):
    assert request_head(method, uri, [(b"A", b"b")], length) == expected
