from __future__ import annotations

import pytest

from pogoproxy.tls.plain_http import redirected, refused

HEAD = b"GET /a?b HTTP/1.1\r\nHost: example.com:8443\r\n\r\n"


def test_a_browser_is_sent_to_https():
    assert b"\r\nLocation: https://example.com:8443/a?b\r\n" in (redirected()(HEAD) or b"")


@pytest.mark.parametrize("end", range(5, len(HEAD) - 1, 7))
def test_the_whole_head_is_waited_for(end: int):
    assert redirected()(HEAD[:end]) is None


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nSet-Cookie: x\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET //evil HTTP/1.1\r\nHost: a@evil\r\n\r\n",
    ],
)
def test_what_is_malformed_is_refused_and_nothing_of_it_is_sent_back(head: bytes):
    assert (redirected()(head) or b"").startswith(b"HTTP/1.0 400 ")


def test_a_head_has_a_bound():
    assert (redirected(100)(b"GET /" + b"a" * 200) or b"").startswith(b"HTTP/1.0 400 ")


def test_what_is_no_http_gets_no_answer():
    assert redirected()(b"SSH-2.0-x") == b""
    assert refused(b"SSH-2.0-x") == b""
    assert refused(b"GET / HT").startswith(b"HTTP/1.0 400 ")
