"""Routes compiled to an endpoint."""

from __future__ import annotations

import json
from collections.abc import Awaitable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.http.exchange import Endpoint, Exchange, Middleware, Predicate, Step
from pogoproxy.http.route import NamedRoutes, compile_routes, compile_server
from pogoproxy.module import Context, Handler, MatcherModule, Registry
from pogoproxy.route import ErrorRoutes, Route
from tests.exchanges import make


class Say(Handler, frozen=True, tag="say"):
    """Notes a word and goes on."""

    word: str = ""

    def provision(self, context: Context) -> Middleware:
        def middleware(following: Endpoint) -> Endpoint:
            def endpoint(exchange: Exchange) -> Awaitable[None]:
                said(exchange).append(self.word)
                return following(exchange)

            return endpoint

        return middleware


class Go(Handler, frozen=True, tag="go"):
    """Rewrites the path."""

    to: str

    def provision(self, context: Context) -> Middleware:
        def middleware(following: Endpoint) -> Endpoint:
            def endpoint(exchange: Exchange) -> Awaitable[None]:
                exchange.set_uri(self.to)
                return following(exchange)

            return endpoint

        return middleware


class Mark(Handler, frozen=True, tag="mark"):
    """What `Say` does, and what `Go` does if there is a path, as a step."""

    word: str = ""
    to: str = ""

    def provision(self, context: Context) -> Middleware:
        def step(exchange: Exchange) -> None:
            said(exchange).append(self.word)
            if self.to:
                exchange.set_uri(self.to)

        return Step(step)


class Fail(Handler, frozen=True, tag="fail"):
    """Fails."""

    status: int = 500

    def provision(self, context: Context) -> Middleware:
        def middleware(_: Endpoint) -> Endpoint:
            async def endpoint(exchange: Exchange) -> None:
                raise HandlerError(self.status, "as told")

            return endpoint

        return middleware


class Nested(Handler, frozen=True, tag="nested"):
    """A subroute."""

    routes: list[Route]

    def provision(self, context: Context) -> Middleware:
        return compile_routes(self.routes, context)


class Invoke(Handler, frozen=True, tag="invoke"):
    """A named route."""

    name: str = ""

    def provision(self, context: Context) -> Middleware:
        return context.service(NamedRoutes).middleware(self.name, context)


class Unfinished(Handler, frozen=True, tag="unfinished"):
    """Adapts only."""


def said(exchange: Exchange) -> list[str]:
    words = exchange.vars.setdefault("said", [])
    assert isinstance(words, list)
    return words


asked: list[str] = []


def match_host(value: list[str], context: Context) -> Predicate:
    def predicate(exchange: Exchange) -> bool:
        asked.append(value[0])
        return any(
            exchange.host == one or (one[0] == "*" and exchange.host.partition(".")[2] == one[2:]) for one in value
        )

    return predicate


def match_path(value: list[str], context: Context) -> Predicate:
    def predicate(exchange: Exchange) -> bool:
        asked.append(value[0])
        return any(exchange.path.startswith(one[:-1]) if one[-1] == "*" else exchange.path == one for one in value)

    return predicate


def matcher(name: str, provision: object) -> MatcherModule:
    return MatcherModule(name, list[str], lambda *_: None, provision)  # type: ignore[arg-type]


REGISTRY = Registry.of(
    [Say, Go, Mark, Fail, Nested, Invoke, Unfinished], [matcher("host", match_host), matcher("path", match_path)]
)


def routes(*rows: dict[str, object]) -> list[Route]:
    return msgspec.json.decode(json.dumps(rows), type=list[Route])


def say(word: str, **more: object) -> dict[str, object]:
    return {"handle": [{"handler": "say", "word": word}], **more}


async def run(rows: list[Route], target: str = "/", *, host: str = "example.com", **server: object) -> list[str]:
    asked.clear()
    exchange, _ = make(target, host=host)
    await compile_server(rows, Context(REGISTRY), **server)(exchange)  # type: ignore[arg-type]
    return said(exchange)


async def test_matching_routes_run_in_order():
    rows = routes(say("a"), say("b", match=[{"path": ["/x"]}]), say("c"))
    assert await run(rows) == ["a", "c"]
    assert await run(rows, "/x") == ["a", "b", "c"]


async def test_sets_are_alternatives_and_a_set_is_a_conjunction():
    rows = routes(say("a", match=[{"path": ["/x"], "host": ["h"]}, {"path": ["/y"]}]))
    assert await run(rows, "/x", host="h") == ["a"]
    assert await run(rows, "/x") == []
    assert await run(rows, "/y") == ["a"]


async def test_a_terminal_route_ends_the_list():
    assert await run(routes(say("a", terminal=True), say("b"))) == ["a"]


async def test_of_a_group_the_first_match_runs():
    rows = routes(
        say("a", group="g", match=[{"path": ["/a"]}]), say("b", group="g"), say("c", group="g"), say("d", group="h")
    )
    assert await run(rows) == ["b", "d"]
    assert await run(rows, "/a") == ["a", "d"]


async def test_later_routes_see_what_earlier_ones_rewrote():
    rows = routes({"handle": [{"handler": "go", "to": "/new?q"}]}, say("new", match=[{"path": ["/new"]}]))
    assert await run(rows, "/old") == ["new"]


PATHS = ("/a/x", "/b/x", "/c/x")


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "match": st.lists(
                    st.fixed_dictionaries({"path": st.lists(st.sampled_from(PATHS), min_size=1)}), max_size=1
                ),
                "group": st.sampled_from(["", "", "g", "h"]),
                "terminal": st.sampled_from([False, False, True]),
                "marks": st.lists(st.sampled_from(["", *PATHS]), max_size=3),
            }
        ),
        max_size=8,
    )
)
async def test_steps_are_routed_as_other_handlers_are(given_rows):
    def rows(handlers):
        return routes(
            *[
                {key: row[key] for key in ("match", "group", "terminal")} | {"handle": handlers(number, row["marks"])}
                for number, row in enumerate(given_rows)
            ]
        )

    def steps(number, marks):
        return [{"handler": "mark", "word": f"{number}.{at}", "to": to} for at, to in enumerate(marks)]

    def others(number, marks):
        found = []
        for at, to in enumerate(marks):
            found += [{"handler": "say", "word": f"{number}.{at}"}, *([{"handler": "go", "to": to}] if to else [])]
        return found

    for path in PATHS:
        assert await run(rows(steps), path) == await run(rows(others), path)


async def test_what_follows_a_subroute_runs_after_it_unless_it_was_terminal():
    inner = {"handler": "nested", "routes": [say("in", terminal=False)]}
    ended = {"handler": "nested", "routes": [say("in", terminal=True)]}
    assert await run(routes({"handle": [inner]}, say("after"))) == ["in", "after"]
    assert await run(routes({"handle": [ended]}, say("after"))) == ["in"]


async def test_a_failure_runs_the_error_routes_on_the_original_request():
    rows = routes({"handle": [{"handler": "go", "to": "/elsewhere"}, {"handler": "fail", "status": 404}]})
    errors = ErrorRoutes(routes=tuple(routes(say("sorry", match=[{"path": ["/asked"]}]))))
    exchange, recorder = make("/asked")
    await compile_server(rows, Context(REGISTRY), errors=errors)(exchange)
    assert said(exchange) == ["sorry"]
    assert recorder.status == 404
    assert exchange.values["http.error.status_text"] == "Not Found"


async def test_without_error_routes_a_failure_reaches_the_front():
    with pytest.raises(HandlerError, match="as told"):
        await run(routes({"handle": [{"handler": "fail"}]}))


async def test_a_named_route_runs_where_it_is_invoked():
    named = {"x": routes(say("named"))[0]}
    assert await run(routes({"handle": [{"handler": "invoke", "name": "x"}]}, say("b")), named_routes=named) == [
        "named",
        "b",
    ]


async def test_a_named_route_may_not_invoke_itself():
    named = {"x": routes({"handle": [{"handler": "invoke", "name": "x"}]})[0]}
    with pytest.raises(ConfigError, match="named route 'x' invokes itself"):
        await run(routes({"handle": [{"handler": "invoke", "name": "x"}]}), named_routes=named)


@pytest.mark.parametrize(
    ("row", "message", "path"),
    [
        ({"handle": [{"handler": "none"}]}, "unknown module: http.handlers.none", "srv.routes[0].handle[0]"),
        ({"handle": [{"handler": "unfinished"}]}, "can be adapted but not run", "srv.routes[0].handle[0]"),
        ({"match": [{"nope": 1}]}, "unknown module: http.matchers.nope", "srv.routes[0].match[0].nope"),
        ({"match": [{"path": 1}]}, "Expected `array`, got `int`", "srv.routes[0].match[0].path"),
    ],
)
async def test_what_cannot_run_is_refused_with_its_place(row, message, path):
    with pytest.raises(ConfigError, match=message) as caught:
        compile_server(routes(row), Context(REGISTRY), path="srv")
    assert caught.value.path == path


async def test_a_request_is_not_asked_about_the_sites_it_is_not_for():
    sites = [say(f"s{n}", match=[{"host": [f"s{n}.example"]}], terminal=True) for n in range(1000)]
    rows = routes(*sites, say("wild", match=[{"host": ["*.example"]}]), say("all"))
    assert await run(rows, host="s700.example") == ["s700"]
    assert asked == ["s700.example"]
    assert await run(rows, host="other.example") == ["wild", "all"]
    assert await run(rows, host="S3.EXAMPLE:80") == ["all"]
    assert await run(rows, host="other.org") == ["all"]


async def test_a_request_is_not_asked_about_the_paths_it_is_not_for():
    rows = routes(
        *[say(f"p{n}", match=[{"path": [f"/p{n}/*"]}]) for n in range(100)], say("q", match=[{"path": ["/p*"]}])
    )
    assert await run(rows, "/p7/x") == ["p7", "q"]
    assert asked == ["/p7/*", "/p*"]
    assert await run(rows, "/x//y") == []
