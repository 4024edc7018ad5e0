"""Matchers at work, given as Caddy's JSON."""

from __future__ import annotations

import msgspec
import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.http.route import compile_match
from pogoproxy.module import Context
from pogoproxy.standard import REGISTRY
from tests.exchanges import make

HEADERS = [(b"Field", b"foo"), (b"Field", b"bar"), (b"Accept", b"text/html")]


def matches(matchers: object, target: str = "/a/b?k=v&k=w&empty", **more: object) -> bool:
    sets = [{name: msgspec.Raw(msgspec.json.encode(value)) for name, value in matchers.items()}]  # type: ignore[attr-defined]
    predicate = compile_match(sets, Context(REGISTRY))
    assert predicate is not None
    exchange, _ = make(target, headers=list(HEADERS), remote=("10.1.2.3", 5), **more)
    exchange.vars["set"] = "yes"
    return predicate(exchange)


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        ({"path": ["/a/*"], "method": ["GET"]}, True),
        ({"path": ["/a/*"], "method": ["POST"]}, False),
        ({"method": None}, False),
        ({"not": [{"path": ["/x"]}, {"path": ["/y"]}]}, True),
        ({"not": [{"path": ["/a/b"]}]}, False),
        ({"not": []}, True),
        ({"header": {"Field": ["foo"]}}, True),
        ({"header": {"Field": ["b*"]}}, True),
        ({"header": {"Field": ["*a*"]}}, True),
        ({"header": {"Field": []}}, True),
        ({"header": {"Missing": []}}, False),
        ({"header": {"Missing": None}}, True),
        ({"header": {"Host": ["example.com"]}}, True),
        ({"header": {"Field": ["foo"], "Accept": ["json"]}}, False),
        ({"header_regexp": {"Accept": {"pattern": "^text/(.*)$", "name": "type"}}}, True),
        ({"header_regexp": {"Accept": {"pattern": "^html"}}}, False),
        ({"path_regexp": {"pattern": "^/a/(?P<rest>.+)$"}}, True),
        ({"query": {"k": ["w"]}}, True),
        ({"query": {"k": ["x"]}}, False),
        ({"query": {"k": ["*"], "empty": [""]}}, True),
        ({"query": {}}, False),
        ({"protocol": "http"}, True),
        ({"protocol": "https"}, False),
        ({"protocol": "http/1.1"}, True),
        ({"protocol": "http/2+"}, False),
        ({"protocol": "http/1.0+"}, True),
        ({"protocol": "grpc"}, False),
        ({"remote_ip": {"ranges": ["10.0.0.0/8"]}}, True),
        ({"remote_ip": {"ranges": ["10.1.2.4"]}}, False),
        ({"client_ip": {"ranges": ["{http.request.remote.host}"]}}, True),
        ({"vars": {"set": ["no", "yes"]}}, True),
        ({"vars": {"{http.request.method}": ["GET"]}}, True),
        ({"vars": {"unset": ["x"]}}, False),
        ({"vars_regexp": {"{http.request.uri.path}": {"pattern": "b$"}}}, True),
    ],
)
def test_matchers(matchers, expected):
    assert matches(matchers) is expected


def test_groups_of_an_expression_become_placeholders():
    sets = [{"path_regexp": msgspec.Raw(b'{"name":"n","pattern":"/(.)/(?P<second>.)"}')}]
    predicate = compile_match(sets, Context(REGISTRY))
    exchange, _ = make("/a/b")
    assert predicate is not None
    assert predicate(exchange)
    assert exchange.values["http.regexp.n.1"] == "a"
    assert exchange.values["http.regexp.n.second"] == exchange.values["http.regexp.2"] == "b"


@pytest.mark.parametrize("length", [1, 1000])
def test_what_an_expression_found_is_each_requests_own(length):
    predicate = compile_match([{"path_regexp": msgspec.Raw(b'{"pattern":"/(a+)"}')}], Context(REGISTRY))
    assert predicate is not None
    for _ in range(2):
        exchange, _ = make("/" + "a" * length)
        assert predicate(exchange)
        assert exchange.values["http.regexp.1"] == "a" * length
        exchange.values["http.regexp.1"] = "changed"
    assert not predicate(make("/b" * length)[0])


@pytest.mark.parametrize(
    ("matchers", "path"),
    [
        ({"protocol": "gopher"}, "match[0].protocol"),
        ({"path_regexp": {"pattern": "("}}, "match[0].path_regexp"),
        ({"not": [{"path": ["/x"]}, {"file": {"try_policy": "none"}}]}, "match[0].not[1].file.try_policy"),
    ],
)
def test_a_mistake_says_where_it_is(matchers, path):
    with pytest.raises(ConfigError) as mistake:
        matches(matchers)
    assert mistake.value.path == path
