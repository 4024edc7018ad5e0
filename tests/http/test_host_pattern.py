"""Host patterns."""

from __future__ import annotations

import pytest

from pogoproxy.http.host_pattern import match_host
from tests.exchanges import make


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("example.com", "example.com", True),
        ("EXAMPLE.com", "example.COM:443", True),
        ("example.com", "foo.example.com", False),
        ("*.example.com", "foo.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("foo.*.com", "foo.bar.com", True),
        ("{http.request.header.X}", "foo", True),
        ("münchen.de", "xn--mnchen-3ya.de", True),
        ("::1", "[::1]:80", True),
        ("[::1]", "[::1]", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("example.com", "", False),
    ],
)
def test_patterns(pattern, host, expected):
    exchange, _ = make(host=host, headers=[(b"X", b"foo")])
    assert match_host([pattern])(exchange) is expected
