"""Failures of handlers and what error routes know of them."""

from __future__ import annotations

import pytest

from pogoproxy.errors import ClientGone, HandlerError
from pogoproxy.http.exchange import Exchange
from pogoproxy.http.failures import with_error_routes
from tests.exchanges import make


async def crash(exchange: Exchange) -> None:
    raise ZeroDivisionError("secret of the code")


async def fail(exchange: Exchange) -> None:
    raise HandlerError(404, "not here")


async def answer(exchange: Exchange) -> None:
    await exchange.writer.start(200, [], 0)


async def test_error_routes_know_the_failure_by_an_id_and_a_place():
    exchange, _ = make()
    await with_error_routes(fail, answer)(exchange)
    assert exchange.error is not None
    assert len(exchange.error.id) == 9
    assert exchange.values["http.error.id"] == exchange.error.id
    assert str(exchange.values["http.error.trace"]).startswith("fail (test_failures.py:")


async def test_a_crash_is_a_failure_that_the_log_explains_by_its_id(caplog):
    exchange, _ = make("/x")
    await with_error_routes(crash, answer)(exchange)
    assert exchange.error is not None
    assert exchange.error.status == 500
    assert f"handler crashed err_id={exchange.error.id} method=GET target=/x" in caplog.text
    assert "secret of the code" in caplog.text
    assert not [value for value in exchange.values.values() if "secret" in str(value)]
    assert str(exchange.values["http.error.trace"]).startswith("crash (test_failures.py:")


@pytest.mark.parametrize("second", [crash, fail])
async def test_the_first_failure_counts_where_error_routes_fail_as_well(second, caplog):
    async def first(exchange: Exchange) -> None:
        raise HandlerError(503, "the first")

    exchange, _ = make()
    with pytest.raises(HandlerError, match="the first"):
        await with_error_routes(first, second)(exchange)
    assert "error route failed" in caplog.text


async def test_a_client_that_is_gone_is_told_nothing():
    async def gone(exchange: Exchange) -> None:
        raise ClientGone("left")

    exchange, _ = make()
    with pytest.raises(ClientGone):
        await with_error_routes(gone, answer)(exchange)
    assert exchange.error is None
