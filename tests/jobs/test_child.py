from __future__ import annotations

import pytest

from pogoproxy.errors import ConfigError, PogoError
from pogoproxy.jobs.child import BootError, explained
from pogoproxy.jobs.errors import JobError


def test_what_our_own_code_refuses_is_final_and_needs_no_traceback() -> None:
    told = explained(ConfigError("no such module"), is_ours=True)
    assert (str(told), told.traceback, told.is_final) == ("no such module", "", True)


@pytest.mark.parametrize(("error", "is_ours"), [(JobError("lost"), False), (ValueError("lost"), True)])
def test_other_errors_are_named_and_tried_again(error: Exception, is_ours: bool) -> None:
    told = explained(error, is_ours=is_ours)
    assert (str(told), told.is_final) == (f"{type(error).__name__}: lost", False)
    assert told.traceback.endswith("lost\n")


def test_who_knows_why_it_cannot_start_is_passed_on() -> None:
    error: PogoError = BootError("broken", "where", is_final=True)
    assert explained(error, is_ours=False) is error
