"""Changes of the URI."""

from __future__ import annotations

import pytest

from pogoproxy.http import uri_rewrite
from tests.exchanges import make


@pytest.mark.parametrize(
    ("uri", "target", "expected"),
    [
        ("/new", "/old?q=1", "/new?q=1"),
        ("/new?", "/old?q=1", "/new"),
        ("/new?a=b", "/old?q=1", "/new?a=b"),
        ("?a=b", "/old?q=1", "/old?a=b"),
        ("/new#x", "/old", "/new"),
        ("/p{http.request.uri.path}", "/a%3Fb", "/p/a%3Fb"),
        ("/x?{http.request.uri.query}&p={http.request.uri.path}", "/a?b=c", "/x?b=c&p=%2Fa"),
        ("/x?{http.request.uri.query}&p=1", "/a", "/x?p=1"),
        ("/x?a={http.request.uri.query.a}", "/?a=1%26b", "/x?a=1%26b"),
        ("{http.request.header.To}", "/old?q=1", "/new?in=jected"),
        ("{http.request.header.To}?", "/old", "/new?in=jected"),
    ],
)
def test_whole_uris(uri, target, expected):
    exchange, _ = make(target, headers=[(b"To", b"/new?in=jected")])
    uri_rewrite.to_uri(uri)(exchange)
    assert exchange.uri == expected


@pytest.mark.parametrize(
    ("prefix", "target", "expected"),
    [
        ("/pre", "/pre/x?q", "/x?q"),
        ("pre", "/pre/x", "/x"),
        ("/pre", "/pre", "/"),
        ("/pre", "/PRE/x", "/x"),
        ("/pre", "/%70re/a%2Fb", "/a%2Fb"),
        ("/pre", "/other", "/other"),
        ("/a%2fb", "/a%2Fb/c", "/c"),
    ],
)
def test_prefixes(prefix, target, expected):
    exchange, _ = make(target)
    uri_rewrite.strip_prefix(prefix)(exchange)
    assert exchange.uri == expected


def test_suffixes_texts_and_expressions():
    exchange, _ = make("/a/b.html?x=b")
    uri_rewrite.strip_suffix(".html")(exchange)
    assert exchange.uri == "/a/b?x=b"
    uri_rewrite.replace_substring("b", "c", 0)(exchange)
    assert exchange.uri == "/a/c?x=c"
    uri_rewrite.replace_regexp("/(.)/(.)", "/$2/$1")(exchange)
    assert exchange.uri == "/c/a?x=c"
