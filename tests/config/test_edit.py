"""Changing a config by path."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.config.edit import edited, read
from pogoproxy.errors import HandlerError

TREE: dict[str, Any] = {"apps": {"http": {"servers": {"a": {"listen": [":80"]}}}}}
LISTEN = "apps/http/servers/a/listen"


def test_a_subtree_is_read() -> None:
    assert read(TREE, "apps/http/servers/a/listen/0") == ":80"
    assert read(TREE, "/") == TREE


@pytest.mark.parametrize(
    ("method", "path", "value", "listen"),
    [
        ("POST", LISTEN, ":81", [":80", ":81"]),
        ("POST", LISTEN + "/...", [":81", ":82"], [":80", ":81", ":82"]),
        ("POST", LISTEN + "/0", ":81", [":81"]),
        ("PUT", LISTEN + "/0", ":81", [":81", ":80"]),
        ("PUT", LISTEN + "/1", ":81", [":80", ":81"]),
        ("PATCH", LISTEN, [":9"], [":9"]),
        ("DELETE", LISTEN + "/0", None, []),
    ],
)
def test_methods_change_arrays(method: str, path: str, value: Any, listen: list[str]) -> None:
    assert read(edited(TREE, method, path, value), LISTEN) == listen
    assert read(TREE, LISTEN) == [":80"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", LISTEN, 409),
        ("PATCH", "apps/tls", 404),
        ("DELETE", "apps/tls", 404),
        ("PATCH", LISTEN + "/1", 400),
        ("PATCH", LISTEN + "/01", 400),
        ("POST", "apps/http/servers/a/listen/0/x", 400),
        ("POST", "apps/http/...", 400),
        ("PUT", "", 409),
    ],
)
def test_what_cannot_be_has_its_status(method: str, path: str, status: int) -> None:
    with pytest.raises(HandlerError) as refusal:
        edited(TREE, method, path, "x")
    assert refusal.value.status == status


@given(
    st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]), st.lists(st.sampled_from(["apps", "http", "0", "...", "x"]))
)
def test_no_path_gives_anything_but_a_tree_or_a_refusal(method: str, parts: list[str]) -> None:
    with contextlib.suppress(HandlerError):
        edited(TREE, method, "/".join(parts), [1])
