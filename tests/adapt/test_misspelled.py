"""What a placeholder was probably meant to be."""

from __future__ import annotations

import pytest

from pogoproxy.adapt.misspelled import misspelled
from pogoproxy.caddyfile.parse import parse


def warned(body: str) -> list[tuple[str, str | None]]:
    (site,) = parse(f":80 {{\n{body}\n}}\n").sites
    return [(warning.message, warning.hint) for warning in misspelled(site.body)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("htpp.request.uri", "http.request.uri"),
        ("http.request.urri", "http.request.uri"),
        ("hosst", "host"),
        ("remote_hots", "remote_host"),
        ("upstream_host_port", "upstream_hostport"),
    ],
)
def test_a_name_like_a_known_one_is_warned_of(written: str, meant: str) -> None:
    expected = (f"unknown placeholder {{{written}}}", f"did you mean `{{{meant}}}`?")
    assert warned(f"handle {{\n\trespond {{{written}}}\n}}") == [expected]


@pytest.mark.parametrize(
    "name",
    [
        "host",
        "http.request.uri.path.3",
        "http.request.header.Accept",
        "header.X-A",
        "re.name.1",
        "env.HOST",
        "file./a",
        "file.base",
        "err.status_code",
        "http.error.message",
        "time.now.unix",
        "http.request.orig_uri.path.dir",
        "x",
        "user_id",
        "http.plugin.thing",
        "vars.hosst",
        "?query",
        "%path",
        "path.0",
        "http.request.remote.host/24",
    ],
)
def test_a_known_name_and_one_like_nothing_are_left_alone(name: str) -> None:
    assert warned(f"respond {{{name}}}") == []


def test_what_a_map_defines_is_known() -> None:
    assert warned("map {host} {hosts} {\n\ta b\n}\nrespond {hosts}") == []


def test_each_name_is_told_once() -> None:
    assert len(warned("respond /a {hosst}\nrespond /b {hosst}")) == 1
