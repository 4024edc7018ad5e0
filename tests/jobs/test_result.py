"""Each outcome becomes the result or its exception; every exception is a RuntimeError, as in the seed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy import (
    JobError,
    PoolSaturated,
    TaskCancelled,
    TaskError,
    TaskLost,
    TaskRefused,
    TaskTimeout,
    UnknownPool,
)
from pogoproxy.errors import PogoError
from pogoproxy.jobs.result import unwrap
from pogoproxy.jobs.wire import Outcome


@pytest.mark.parametrize(
    ("body", "result"),
    [(b'{"ok":true,"result":{"a":[1]}}', {"a": [1]}), (b'{"ok":true}', None), (b'{"ok":true,"result":null}', None)],
)
def test_an_envelope_gives_its_result(body: bytes, result: Any) -> None:
    assert unwrap(Outcome.DONE, body) == result


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"ok":false,"error":"no such sku"}', "no such sku"),
        (b'{"ok":false}', "Pogo worker returned an error"),
        (b'{"ok":false,"error":""}', "Pogo worker returned an error"),
        (b"{}", "Pogo worker returned an error"),
        (b"", "Pogo worker returned an invalid response envelope: .+"),
        (b"7", "Pogo worker returned an invalid response envelope: .+"),
        (b"\xff", "Pogo worker returned an invalid response envelope: .+"),
    ],
)
def test_any_other_envelope_is_a_task_error_in_the_seed_s_words(body: bytes, message: str) -> None:
    with pytest.raises(TaskError, match=f"^{message}$"):
        unwrap(Outcome.DONE, body)


@pytest.mark.parametrize(
    ("outcome", "body", "kind"),
    [
        (Outcome.CANCELLED, b'{"error":"x"}', TaskCancelled),
        (Outcome.TIMEOUT, b'{"error":"x"}', TaskTimeout),
        (Outcome.TIMEOUT, b'{"error":"x"}', TimeoutError),
        (Outcome.REJECTED, b'{"error":"x","reason":"unknown_pool"}', UnknownPool),
        (Outcome.REJECTED, b'{"error":"x","reason":"saturated"}', PoolSaturated),
        (Outcome.REJECTED, b'{"error":"x","reason":"nested"}', PoolSaturated),
        (Outcome.REJECTED, b'{"error":"x","reason":"shutting_down"}', PoolSaturated),
        (Outcome.REJECTED, b'{"error":"x","reason":"quarantined"}', TaskRefused),
        (Outcome.REJECTED, b'{"error":"x","reason":"of a later version"}', TaskRefused),
        (Outcome.LOST, b'{"error":"x"}', TaskLost),
    ],
)
def test_an_outcome_has_its_exception(outcome: Outcome, body: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"^x$") as caught:
        unwrap(outcome, body)
    assert isinstance(caught.value, JobError)
    assert isinstance(caught.value, RuntimeError)
    assert isinstance(caught.value, PogoError)


def test_a_loss_tells_what_is_known() -> None:
    with pytest.raises(TaskLost) as lost:
        unwrap(Outcome.LOST, b'{"error":"x","pid":7,"signal":11,"stderr":["a","b"]}')
    assert (lost.value.pid, lost.value.signal, lost.value.exit_code, lost.value.stderr) == (7, 11, None, ("a", "b"))


@given(st.sampled_from(Outcome), st.binary(max_size=60))
def test_no_body_makes_anything_but_a_job_error(outcome: Outcome, body: bytes) -> None:
    try:
        unwrap(outcome, body)
    except JobError:
        return
