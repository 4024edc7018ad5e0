"""Shorthands of placeholders."""

from __future__ import annotations

import pytest

from pogoproxy.adapt.placeholders import shorthand_of, spelled_out


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("{host}", "{http.request.host}"),
        ("{%uri}", "{http.request.uri_escaped}"),
        ("{?query}", "{http.request.uri.prefixed_query}"),
        ("{client_ip}", "{http.vars.client_ip}"),
        ("{upstream_hostport}", "{http.reverse_proxy.upstream.hostport}"),
        ("{header.X-Foo}", "{http.request.header.X-Foo}"),
        ("{re.name.1}", "{http.regexp.name.1}"),
        ("{labels.0}", "{http.request.host.labels.0}"),
        ("{err.status_code}", "{http.error.status_code}"),
        ("a{path}b{dir}", "a{http.request.uri.path}b{http.request.uri.path.dir}"),
    ],
)
def test_a_shorthand_is_spelled_out_wherever_it_stands(short: str, long: str) -> None:
    assert spelled_out(short) == long


@pytest.mark.parametrize("text", ["{http.request.host}", "{env.HOME}", "{Host}", "{header.a b}", "host", "{"])
def test_anything_else_stays(text: str) -> None:
    assert spelled_out(text) == text


def test_a_long_form_is_known_by_its_shorthand() -> None:
    assert shorthand_of("{http.request.uri}") == "{uri}"
    assert shorthand_of("{my_own}") is None
