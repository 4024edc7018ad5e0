"""Sorting, grouping and merging of routes."""

from __future__ import annotations

import msgspec
import pytest

from pogoproxy.adapt.emit import plain
from pogoproxy.adapt.routes import Groups, Placed, in_order, merged, subroute
from pogoproxy.errors import ConfigError
from pogoproxy.route import Route

ORDER = ("vars", "root", "header", "rewrite", "handle", "respond")


def placed(directive: str, *paths: str, handler: str = "h") -> Placed:
    match = ({"path": plain(paths)},) if paths else ()
    return Placed(directive, (Route(match=match, handle=(msgspec.Raw(f'"{handler}"'.encode()),)),))


def paths(rows: list[Placed]) -> list[str]:
    return [row.path for row in rows]


def test_directives_come_in_their_order() -> None:
    rows = in_order([placed("respond"), placed("header"), placed("handle")], ORDER)
    assert [row.directive for row in rows] == ["header", "handle", "respond"]


def test_longer_paths_come_first_and_exact_ones_before_prefixes() -> None:
    rows = in_order([placed("handle", "/a*"), placed("handle", "/a"), placed("handle", "/abc*")], ORDER)
    assert paths(rows) == ["/abc*", "/a", "/a*"]


def test_paths_of_one_length_are_sorted_by_their_text() -> None:
    assert paths(in_order([placed("handle", "/b/*"), placed("handle", "/a/*")], ORDER)) == ["/a/*", "/b/*"]


def test_a_matcher_comes_before_none() -> None:
    rows = in_order([placed("respond"), placed("respond", "/a", "/b")], ORDER)
    assert [row.has_matcher for row in rows] == [True, False]


def test_vars_go_from_the_least_specific_on() -> None:
    assert paths(in_order([placed("vars", "/a/b"), placed("vars"), placed("vars", "/a")], ORDER)) == ["", "/a", "/a/b"]


def test_a_directive_without_a_place_is_refused() -> None:
    with pytest.raises(ConfigError, match="'tls' is not an ordered HTTP handler"):
        in_order([placed("tls")], ORDER)


def test_handles_exclude_each_other_where_there_are_several() -> None:
    routes = subroute([placed("handle", "/a"), placed("handle", "/b")], Groups())
    assert [route.group for route in routes] == ["group0", "group0"]


def test_one_handle_has_no_group() -> None:
    assert [route.group for route in subroute([placed("handle", "/a")], Groups())] == [""]


def test_a_number_is_taken_for_rewrites_that_are_not_there() -> None:
    groups = Groups()
    subroute([placed("respond")], groups)
    assert groups.next() == "group1"


def test_a_rewrite_has_a_group_even_alone() -> None:
    assert [route.group for route in subroute([placed("rewrite", "/a")], Groups())] == ["group0"]


def test_neighbours_that_match_alike_are_merged() -> None:
    rows = [placed("header", "/a", handler="1"), placed("header", "/a", handler="2"), placed("respond", "/b")]
    assert [len(route.handle) for route in subroute(rows, Groups())] == [2, 1]


def test_terminal_routes_do_not_merge_with_others() -> None:
    handle = (msgspec.Raw(b"1"),)
    assert len(merged([Route(handle=handle), Route(handle=handle, terminal=True)])) == 2
