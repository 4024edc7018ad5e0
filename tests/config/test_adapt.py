"""A whole Caddyfile to JSON: what only shows when sites, options and servers meet."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.caddyfile.render import render
from pogoproxy.config.adapt import Adapted, adapt
from pogoproxy.errors import ConfigError, ConfigErrors
from pogoproxy.standard import LANGUAGE


def adapted(text: str) -> Adapted:
    return adapt(text, "Caddyfile", LANGUAGE)


def servers(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(adapted(text).text())["apps"]["http"]["servers"]
    return found


def mistakes(text: str) -> list[str]:
    with pytest.raises((ConfigError, ConfigErrors)) as wrong:
        adapted(text)
    error = wrong.value
    found = error.mistakes if isinstance(error, ConfigErrors) else (error,)
    return [mistake.message for mistake in found]


def test_a_file_without_words_is_an_empty_configuration() -> None:
    assert adapted("# nothing\n").text() == b"{}"


def test_sites_on_one_listener_share_a_server_and_the_narrower_host_comes_first() -> None:
    (server,) = servers(":443 {\n}\n*.example.com {\n}\na.example.com {\n}\n").values()
    hosts = [route["match"][0]["host"] for route in server["routes"]]
    assert hosts == [["a.example.com"], ["*.example.com"]]


def test_listeners_that_serve_the_same_sites_share_a_server() -> None:
    (server,) = servers("http://a {\n\tbind 127.0.0.1 ::1\n}\n").values()
    assert server["listen"] == ["127.0.0.1:80", "[::1]:80"]


def test_a_site_is_served_only_where_it_is_bound() -> None:
    found = servers("http://a {\n\tbind 10.0.0.1\n}\nhttp://b {\n\tbind 10.0.0.1 10.0.0.2\n}\n")
    assert {server["listen"][0]: len(server["routes"]) for server in found.values()} == {
        "10.0.0.1:80": 2,
        "10.0.0.2:80": 1,
    }


def test_an_option_names_the_server_with_that_address() -> None:
    assert list(servers("{\n\tservers :8080 {\n\t\tname api\n\t}\n}\n:8080 {\n}\n:9090 {\n}\n")) == ["api", "srv1"]


def test_a_site_alone_and_for_all_hosts_is_not_wrapped() -> None:
    (server,) = servers(":80 {\n\trespond hi\n}\n").values()
    assert server["routes"] == [{"handle": [{"handler": "static_response", "body": "hi"}]}]


def test_a_host_matcher_inside_keeps_it_wrapped() -> None:
    """At the top of the server it would ask for a certificate."""
    (server,) = servers(":80 {\n\t@a host a.example.com\n\trespond @a hi\n}\n").values()
    assert server["routes"][0]["handle"][0]["handler"] == "subroute"


def test_directives_can_be_ordered_anew() -> None:
    text = "{\n\torder respond before header\n}\n:80 {\n\theader A b\n\trespond hi\n}\n"
    (server,) = servers(text).values()
    assert [handler["handler"] for handler in server["routes"][0]["handle"]] == ["static_response", "headers"]
    (server,) = servers(":80 {\n\theader A b\n\trespond hi\n}\n").values()
    assert [handler["handler"] for handler in server["routes"][0]["handle"]] == ["headers", "static_response"]


def test_the_pools_of_pogo() -> None:
    text = (
        "{\n\tpogo {\n\t\tworker shop.tasks\n\t\tmax_wait 30s\n\t\tpool cpu {\n\t\t\tworker shop.tasks\n\t\t}\n\t}\n}\n"
    )
    assert json.loads(adapted(text).text()) == {
        "apps": {
            "pogo": {
                "worker": "shop.tasks",
                "max_wait": 30_000_000_000,
                "pools": [{"name": "cpu", "worker": "shop.tasks"}],
            }
        }
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("wrker a", 'unrecognized subdirective "wrker"'),
        ("worker a b", 'too many arguments for "worker": b'),
        ("pool a b {\n}", 'too many arguments for "pool": b'),
        ("pool a {\n\tname b\n}", 'unrecognized pool subdirective "name"'),
        ("num_threads x", 'strconv.Atoi: parsing "x": invalid syntax'),
        ("max_wait x", 'time: invalid duration "x"'),
    ],
)
def test_mistakes_in_pogo_are_worded_as_in_pogo(body: str, message: str) -> None:
    assert mistakes(f"{{\n\tpogo {{\n\t\t{body}\n\t}}\n}}\n") == [f"parsing caddyfile tokens for 'pogo': {message}"]


def test_an_app() -> None:
    text = ":80 {\n\tapp shop.asgi:application {\n\t\tworkers 4\n\t\tinterface asgi\n\t\tenv A b\n\t}\n}\n"
    (server,) = servers(text).values()
    assert server["routes"][0]["handle"] == [
        {"handler": "app", "app": "shop.asgi:application", "workers": 4, "interface": "asgi", "env": {"A": "b"}}
    ]


def test_all_independent_mistakes_are_reported_at_once() -> None:
    found = mistakes("{\n\temial a@b.c\n}\n:80 {\n\trespnd hi\n\thandle {\n\t\trespond @a\n\t}\n\tredir\n}\n")
    assert found == [
        "Caddyfile:2: unrecognized global option: emial",
        "Caddyfile:5: unrecognized directive: respnd",
        "parsing caddyfile tokens for 'respond': unrecognized matcher name: @a",
        "parsing caddyfile tokens for 'redir': wrong argument count or unexpected line ending after 'redir'",
    ]


def test_a_definition_that_is_a_mistake_makes_none_of_its_uses() -> None:
    assert len(mistakes(":80 {\n\t@a nonsense\n\trespond @a 200\n\trespond @a 201\n}\n")) == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (":80 {\n\treverse_prxy x\n}\n", "did you mean `reverse_proxy`?"),
        (":80 {\n\t@api pth /x\n}\n", "did you mean `path`?"),
        (":80 {\n\t@api path /x\n\trespond @apo hi\n}\n", "did you mean `@api`?"),
        ("{\n\thttp_prot 80\n}\n", "did you mean `http_port`?"),
        (":80 {\n\tapp a:b {\n\t\tworker 1\n\t}\n}\n", "did you mean `workers`?"),
        ("{\n\torder hedaer first\n}\n", "did you mean `header`?"),
    ],
)
def test_a_mistyped_name_is_guessed(text: str, hint: str) -> None:
    with pytest.raises((ConfigError, ConfigErrors)) as wrong:
        adapted(text)
    assert hint in render(wrong.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":80 {\n}\n:80 {\n}\n", "ambiguous site definition: :80"),
        ("ws://a {\n}\n", "the scheme ws:// is only supported in browsers; use http:// instead"),
        ("http://a:443 {\n}\n", "[http://a:443] scheme and port violate convention"),
        (
            "http://a:90 {\n}\nhttps://b:90 {\n}\n",
            "server listening on [:90] is configured for HTTP and cannot natively multiplex HTTP and HTTPS: https://b:90",
        ),
        (":80 {\n\tinvoke x\n}\n", "cannot invoke named route 'x', which was not defined"),
        ("handle {\n}\n", "parsed 'handle' as a site address"),
        ("a {\n\trespond\n\tb {\n\t}\n}\n", "unrecognized directive: b"),
        (":80 {\n\thandle {\n\t\tbind a\n\t}\n}\n", "directive 'bind' is not an ordered HTTP handler"),
        (":80 {\n\t@a path /\n\t@a path /\n}\n", "matcher is defined more than once: @a"),
        (":80 {\n\trespond a b c\n}\n", "wrong argument count or unexpected line ending after 'c'"),
        (":80 {\n\turi strip_prefix /a {\n\t}\n}\n", "unexpected token '{', expecting argument"),
    ],
)
def test_what_makes_no_sense_is_refused_in_caddys_words(text: str, message: str) -> None:
    assert any(message in mistake for mistake in mistakes(text))


def test_a_deprecated_directive_is_warned_of_at_its_place() -> None:
    (warning,) = adapted(":80 {\n\tskip_log /x\n}\n").warnings
    assert "deprecated" in warning.message
    assert warning.span is not None and warning.span.line == 2


def test_where_each_module_is_used_first_is_known_by_the_users_name_for_it() -> None:
    origins = adapted(":80 {\n\tredir /a /b\n\t@x query a=b\n\trespond @x hi\n}\n").origins
    assert (origins["http.handlers.static_response"].name, origins["http.handlers.static_response"].span.line) == (
        "redir",
        2,
    )
    assert origins["http.matchers.query"].span.line == 3


def test_mistakes_in_addresses_and_in_directives_are_reported_together() -> None:
    assert mistakes("ftp://a {\n}\nb:99999 {\n\trespnd hi\n}\n") == [
        "unsupported URL scheme ftp://",
        "parsing key: port 99999 is out of range",
        "Caddyfile:4: unrecognized directive: respnd",
    ]


@pytest.mark.parametrize(
    ("directive", "ignored"),
    [("redir * /a 301 now", "now"), ("header A b c d e", "d e"), ("log_append a b c", "c"), ("rewrite a b", "b")],
)
def test_what_caddy_overlooks_is_warned_of(directive: str, ignored: str) -> None:
    (warning,) = adapted(f":80 {{\n\t{directive}\n}}\n").warnings
    assert warning.message == f"ignored: {ignored}"


def test_a_header_value_without_quotes_is_warned_of() -> None:
    """Caddy takes the first blank for the end of the value, and what the line has left for other fields."""
    text = ":80 {\n\theader {\n\t\tStrict-Transport-Security max-age=1; includeSubDomains; preload\n\t}\n}\n"
    (warning,) = adapted(text).warnings
    assert (warning.message, warning.hint) == (
        "'preload' is read as a header field of its own",
        "quote a value that has blanks in it",
    )


WORDS = st.sampled_from(
    [*LANGUAGE.directives, *LANGUAGE.options, "{", "}", "\n", "\n", '"', "@a", "*", "/x", ":80", "a.b"]
)


@given(st.text() | st.lists(WORDS, max_size=40).map(" ".join))
def test_no_text_gives_anything_but_a_config_or_mistakes(text: str) -> None:
    with contextlib.suppress(ConfigError, ConfigErrors):
        adapted(text)


def test_an_argument_that_would_hide_a_block_is_refused() -> None:
    (mistake,) = mistakes(":80 {\n\ttemplates html {\n\t\troot /srv\n\t}\n}\n")
    assert mistake == "parsing caddyfile tokens for 'templates': unexpected argument 'html'"


def test_only_an_unknown_directive_at_a_sites_top_may_be_a_second_site() -> None:
    (top,) = mistakes(":80\nHello\n")
    (nested,) = mistakes(":80\nhandle {\n\tHello\n}\n")
    assert "Did you mean to define a second site?" in top
    assert "second site" not in nested


def test_a_block_on_two_servers_is_sorted_twice_and_what_one_sort_reverses_the_next_one_puts_back() -> None:
    first, second = servers(":80, :81 {\n\tvars a 1\n\tvars b 2\n\tvars c 3\n}\n").values()
    names = [
        [next(key for key in handler if key != "handler") for route in server["routes"] for handler in route["handle"]]
        for server in (first, second)
    ]
    assert names == [["c", "b", "a"], ["a", "b", "c"]]
