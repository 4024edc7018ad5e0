"""Path patterns; the cases of the security notes in Caddy's documentation among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.http.path_pattern import clean, match_path
from tests.exchanges import make


@pytest.mark.parametrize(
    ("pattern", "target", "expected"),
    [
        ("/", "/", True),
        ("/foo", "/foo", True),
        ("/foo", "/foo/", False),
        ("/foo", "/FOO", True),
        ("/Foo", "/foo", True),
        ("/foo/*", "/foo/bar/baz", True),
        ("/foo/*", "/foo", False),
        ("/foo*", "/foobar", True),
        ("*", "/anything", True),
        ("*.php", "/a/b.php", True),
        ("*.php", "/a/b.php5", False),
        ("*/b*", "/a/b/c", True),
        ("*b*", "/abc", True),
        ("/foo/*/bar", "/foo/x/bar", True),
        ("/foo/*/bar", "/foo/x/y/bar", False),
        ("/f?o", "/fxo", True),
        ("/f[a-c]o", "/fbo", True),
        ("/f[^a-c]o", "/fbo", False),
        ("/admin/*", "//admin/x", True),
        ("/admin/*", "/a/../admin/x", True),
        ("/admin/*", "/./admin/x", True),
        ("/admin/*", "/%61dmin/x", True),
        ("//foo", "//foo", True),
        ("//foo", "/foo", False),
        ("/a%2Fb", "/a%2fb", True),
        ("/a%2Fb", "/a/b", False),
        ("/a/b", "/a%2Fb", True),
        ("/a%2F*", "/a%2Fb", True),
        ("/a/%*/b", "/a/x%2Fy/b", True),
        ("/a/%20/*", "/a/%20/b", True),
        ("/a/*/%20", "/a/x%2Fy/%20", False),
        ("/{http.request.method}/*", "/GET/x", True),
    ],
)
def test_patterns(pattern, target, expected):
    exchange, _ = make(target)
    assert match_path([pattern])(exchange) is expected


@given(st.lists(st.text(alphabet="/.aA*", max_size=5), max_size=5), st.text(alphabet="/.aA", max_size=10))
def test_several_patterns_match_what_one_of_them_does(patterns, path):
    exchange, _ = make("/" + path)
    assert match_path(patterns)(exchange) is any(match_path([pattern])(exchange) for pattern in patterns)


@given(st.text(alphabet="/.a", max_size=20))
def test_a_cleaned_path_is_clean(path):
    cleaned = clean("/" + path)
    assert cleaned.startswith("/")
    assert "//" not in cleaned
    assert not {".", ".."} & set(cleaned.split("/"))
    assert clean(cleaned) == cleaned
