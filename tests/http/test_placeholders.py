"""Placeholders compiled to closures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.http.placeholders import has_placeholders, parse, template, to_text
from tests.exchanges import make


def fill(text: str, *, keep_unknown: bool = False, **request: object) -> str:
    """The text for a request with every part of a URI."""
    defaults = {
        "target": "/foo/bar.tar.gz?a=1&b=2&a=3",
        "host": "www.example.com:8080",
        "remote": ("10.1.2.3", 999),
        "headers": [(b"Cookie", b"k=v; k=w"), (b"X-Two", b"1"), (b"x-two", b"2")],
    }
    exchange, _ = make(**{**defaults, **request})
    exchange.values["http.regexp.x.1"] = "captured"
    exchange.vars["root"] = "/srv"
    return template(text, keep_unknown=keep_unknown)(exchange)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{http.request.method}", "GET"),
        ("a {http.request.host} b", "a www.example.com b"),
        ("{http.request.hostport} {http.request.port}", "www.example.com:8080 8080"),
        ("{http.request.host.labels.0} {http.request.host.labels.2} {http.request.host.labels.3}", "com www "),
        ("{http.request.uri}", "/foo/bar.tar.gz?a=1&b=2&a=3"),
        ("{http.request.uri.path}", "/foo/bar.tar.gz"),
        ("{http.request.uri.path.0} {http.request.uri.path.1}", "foo bar.tar.gz"),
        ("{http.request.uri.path.dir}", "/foo/"),
        ("{http.request.uri.path.file} {http.request.uri.path.file.base}", "bar.tar.gz bar.tar"),
        ("{http.request.uri.path.file.ext}", ".gz"),
        ("{http.request.uri.query} {http.request.uri.query.a}", "a=1&b=2&a=3 1,3"),
        ("{http.request.uri.prefixed_query}", "?a=1&b=2&a=3"),
        ("{http.request.orig_uri.path.file}", "bar.tar.gz"),
        ("{http.request.remote} {http.request.remote.host/16}", "10.1.2.3:999 10.1.0.0/16"),
        ("{http.request.header.X-Two} {http.request.cookie.k}", "1,2 v"),
        ("{http.request.proto} {http.request.scheme}", "HTTP/1.1 http"),
        ("{http.regexp.x.1} {http.vars.root} {http.vars.none}", "captured /srv "),
        ("{unknown}", ""),
        ("\\{http.request.method\\}", "{http.request.method}"),
        ("\\a {", "\\a {"),
        ("{http.request.method", "{http.request.method"),
        ("{}", ""),
    ],
)
def test_names_are_replaced(text, expected):
    assert fill(text) == expected


def test_unknown_names_may_stay():
    assert fill("{unknown} {http.request.method}", keep_unknown=True) == "{unknown} GET"
    assert fill("{ {http.request.method} }", keep_unknown=True) == "{ GET }"


def test_what_was_put_in_is_not_scanned_again():
    assert fill("{http.request.uri.path}", target="/{http.request.method}") == "/{http.request.method}"


def test_environment_and_files(monkeypatch, tmp_path):
    monkeypatch.setenv("POGO_TEST", "x")
    (tmp_path / "secret").write_text("hidden\n")
    assert fill(f"{{env.POGO_TEST}} {{file.{tmp_path}/secret}} {{file.{tmp_path}/none}}") == "x hidden "


def test_a_uuid_is_one_for_each_request():
    first, second = fill("{http.request.uuid} {http.request.uuid}").split()
    assert first == second != fill("{http.request.uuid}")


def test_values_print_as_caddy_prints_them():
    assert [to_text(value) for value in (True, False, 1.50, 2.0, 3, None)] == ["true", "false", "1.5", "2", "3", ""]


@given(st.text(alphabet="{}\\ab.", max_size=30))
def test_any_text_parses_and_no_character_of_it_is_lost(text):
    parts = parse(text)
    length = sum(len(part) if isinstance(part, str) else len(part.text) + 2 for part in parts)
    assert length == len(text) - sum(text.count(escape) for escape in ("\\{", "\\}")) or "\\" in text
    assert has_placeholders(text) == any(not isinstance(part, str) for part in parts)
