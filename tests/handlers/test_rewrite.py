"""Changes of the request line, and the handlers that only set or fail."""

from __future__ import annotations

import pytest

from pogoproxy.errors import ConfigError, HandlerError
from tests.exchanges import answer, make


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"method": "post"}, "POST /a/b?k=v&k=w"),
        ({"uri": "/new{http.request.uri.path}?x=1"}, "GET /new/a/b?x=1"),
        ({"strip_path_prefix": "/a", "strip_path_suffix": "b"}, "GET /?k=v&k=w"),
        ({"uri_substring": [{"find": "k", "replace": "q", "limit": 1}]}, "GET /a/b?q=v&k=w"),
        ({"path_regexp": [{"find": "[ab]", "replace": "x"}]}, "GET /x/x?k=v&k=w"),
        ({"query": {"rename": [{"key": "k", "val": "n"}]}}, "GET /a/b?n=v&n=w"),
        ({"query": {"set": [{"key": "k", "val": "1 2"}]}}, "GET /a/b?k=1+2"),
        ({"query": {"add": [{"key": "z", "val": "{http.request.method}"}]}}, "GET /a/b?k=v&k=w&z=GET"),
        ({"query": {"replace": [{"key": "*", "search_regexp": "(.)", "replace": "$1$1"}]}}, "GET /a/b?k=vv&k=ww"),
        ({"query": {"delete": ["k"]}}, "GET /a/b"),
    ],
)
async def test_rewrites(fields, expected):
    exchange, _ = make("/a/b?k=v&k=w")
    await answer([{"handler": "rewrite", **fields}], exchange)
    assert f"{exchange.method} {exchange.uri}" == expected
    assert exchange.target == "/a/b?k=v&k=w"


async def test_variables_may_be_named_and_filled_by_placeholders():
    exchange, recorder = make("/x")
    handlers = [
        {"handler": "vars", "a": "{http.request.uri.path}", "n": 3, "{http.request.method}": True},
        {"handler": "static_response", "body": "{http.vars.a} {http.vars.n} {http.vars.GET}"},
    ]
    await answer(handlers, exchange)
    assert recorder.body == b"/x 3 true"


async def test_an_error_fails_with_its_status():
    exchange, _ = make("/404")
    with pytest.raises(HandlerError, match="no /404") as caught:
        await answer(
            [{"handler": "error", "error": "no {http.request.uri}", "status_code": "{http.request.uri.path.0}"}],
            exchange,
        )
    assert caught.value.status == 404


async def test_an_unknown_named_route_is_refused():
    exchange, _ = make()
    with pytest.raises(ConfigError, match="cannot invoke named route 'x', which was not defined"):
        await answer([{"handler": "invoke", "name": "x"}], exchange)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/one", "1 true"), ("/two", "/two d2"), ("/re-abc", "abc d2"), ("/none", "d1 d2")],
)
async def test_a_map_sets_its_destinations(path, expected):
    exchange, recorder = make(path)
    mapping = {
        "handler": "map",
        "source": "{http.request.uri.path}",
        "destinations": ["{first}", "{second}"],
        "mappings": [
            {"input": "/one", "outputs": [1, True]},
            {"input": "/two", "outputs": ["{http.request.uri.path}", None]},
            {"input_regexp": "/re-(.*)", "outputs": ["$1"]},
        ],
        "defaults": ["d1", "d2"],
    }
    await answer([mapping, {"handler": "static_response", "body": "{first} {second}"}], exchange)
    assert recorder.body.decode() == expected


async def test_a_body_that_is_too_long_is_413():
    exchange, _ = make(method="POST", body=b"12345")
    with pytest.raises(HandlerError) as caught:
        await answer([{"handler": "request_body", "max_size": 4}], exchange)
    assert caught.value.status == 413
