"""Requests that a client would tidy, byte by byte: odd targets, versions, hosts, framing."""

from __future__ import annotations

from .suite import Suite, asks, words

SITE = """
@php path *.php
respond @php "php {uri}"
respond /admin* "admin {uri}"
respond "{method} {uri} {path} {query} {host} {http.request.proto} {header.X-A}"
"""

TARGETS = words(r"""
    http://example.com/  http://example.com  http://other.example/x?y=z  http://EXAMPLE.com:99/x  https://example.com/
    HTTP://example.com/x  http://example.com?x=y  http://user@example.com/  ftp://example.com/  //example.com/x
    /a%  /a%2  /a%zz  /a%00b  /a%0d%0ab  /%  /a"b  /a<b>  /a\b  /a^b  /a`b  /a{b}  /a|b  /a[b]  /a;b;c  /a?b?c  /a&b
    /index.php%20  /index.php%00  /index.php/.  /admin%2f..%2fx  /admin/%2e%2e/x  /%2e%2e/admin  /./././admin
    /%c0%ae%c0%ae/admin  /%252e%252e/admin  /admin%252f  /a//../admin  /a/b/../../admin  /..;/admin  /admin;/x
    /%EF%BC%8Fadmin  /a?x=%00  /a?x=<script>  /a?"  /a?%  /a?x=%zz&y=1  /a?x=[1]  /a?x={y}  /*  /a/*  /a#b  *
""")

ODD = (
    b"GET / HTTP/1.0\r\nHost: example.com\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A : v\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A: a\r\n b\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A: a\x00b\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A: a\x01b\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A: caf\xc3\xa9\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A: \xff\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX-A\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\n: v\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\nX(A): v\r\nConnection: close\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.2\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    b"GET / http/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    b"\r\n\r\nGET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: x\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked, identity\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
    b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n",
)

HOST, CLOSE = b"Host: example.com\r\n", b"Connection: close\r\n\r\n"

STRICTER = (
    *asks(("http://user@example.com/", "ftp://example.com/", "/a#b", "*")),
    b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n b\r\n" + CLOSE,
    b"GET / HTTP/1.2\r\n" + HOST + CLOSE,
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"zz\r\n",
    b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n" + CLOSE,
)
LENIENT = (
    b"GET  / HTTP/1.1\r\n" + HOST + CLOSE,
    b"\r\n\r\nGET / HTTP/1.1\r\n" + HOST + CLOSE,
)
SHORTER = (
    b"GET / HTTP/1.1\r\n" + CLOSE,
    b"GET / HTTP/1.1\r\nHost:\r\n" + CLOSE,
    b"GET / HTTP/1.1\r\nHost: a/b\r\n" + CLOSE,
    b"GET / HTTP/1.1\r\nHost: a b\r\n" + CLOSE,
    b"GET / HTTP/1.1\r\n" + HOST + b"X-A : v\r\n" + CLOSE,
    b"GET / HTTP/2.0\r\n" + HOST + CLOSE,
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n" + CLOSE,
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, identity\r\n" + CLOSE,
)

SUITES = (
    Suite(
        "raw requests",
        SITE,
        (*asks(TARGETS), *ODD),
        differs={
            **dict.fromkeys(STRICTER, "what two servers may read differently is refused"),
            **dict.fromkeys(LENIENT, "the parser forgives, and there is one way to read it"),
            **dict.fromkeys(SHORTER, "the refusal has other words, or 400 in place of 501"),
            **dict.fromkeys(asks(words(r'/a"b /a<b> /a\b /a^b /a`b /a{b} /a|b')), "a path stays as it came"),
            **dict.fromkeys(asks(("http://example.com", "http://example.com?x=y")), "an empty path is /"),
            b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE: "is a request like others",
        },
    ),
)
