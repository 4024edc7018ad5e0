"""A scope: deadlines nest, and what is over takes nothing in."""

from __future__ import annotations

import asyncio

import pytest

from pogoproxy import deadline, request_scope
from pogoproxy.jobs.scope import current_scope, is_process_scope


def test_outside_of_requests_there_is_the_process_s_own_scope_without_a_deadline() -> None:
    assert is_process_scope(current_scope())
    assert deadline() is None


def test_an_inner_scope_never_outlives_the_outer_deadline() -> None:
    with request_scope(timeout=1.0):
        with request_scope(timeout=60.0):
            assert 0 < (deadline() or 0) <= 1.0
        with request_scope(timeout=0.1):
            assert 0 < (deadline() or 0) <= 0.1
        with request_scope():
            assert 0 < (deadline() or 0) <= 1.0


def test_a_deadline_that_has_passed_leaves_nothing() -> None:
    with request_scope(timeout=-1.0):
        assert deadline() == 0.0


def test_the_scope_is_left_even_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), request_scope("r1") as scope:
        raise ZeroDivisionError
    assert scope.is_closed
    assert is_process_scope(current_scope())


async def test_requests_of_one_loop_have_each_their_own() -> None:
    async def request(id: str) -> str:
        async with request_scope(id):
            await asyncio.sleep(0)
            return current_scope().request_id

    assert await asyncio.gather(request("a"), request("b")) == ["a", "b"]


def test_context_names_only_what_is_known() -> None:
    assert request_scope().context == b""
    assert request_scope("r1").context == b'{"request_id":"r1"}'
