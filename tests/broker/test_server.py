"""The broker with real workers and a real client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from pogoproxy import TaskError, pool_size, spawn

Farm = Any


def test_a_thread_gets_its_result(farm: Callable[..., Farm]) -> None:
    farm()
    assert spawn("Echo", {"sku": "ä€\0"}).result(timeout=5) == {"sku": "ä€\0"}
    assert pool_size() == 2


async def test_a_coroutine_gets_its_results_in_parallel(farm: Callable[..., Farm]) -> None:
    farm()
    begin = time.monotonic()
    tasks = [spawn("shop.tasks:Sleep", {"seconds": 0.5, "n": n}) for n in range(2)]
    assert [(await task)["n"] for task in tasks] == [0, 1]
    assert time.monotonic() - begin < 0.95


async def test_an_async_handle_is_awaited(farm: Callable[..., Farm]) -> None:
    farm()
    assert await asyncio.gather(*[spawn("AsyncSleep", {"seconds": 0.01, "n": n}) for n in range(3)]) == [
        {"seconds": 0.01, "n": n} for n in range(3)
    ]


async def test_an_exception_arrives_with_type_message_and_traceback(farm: Callable[..., Farm]) -> None:
    farm()
    with pytest.raises(TaskError, match="no such sku") as caught:
        await spawn("Fail", {"how": "value"})
    assert caught.value.type == "ValueError"
    assert "shop/tasks.py" in caught.value.traceback
