"""A child process of the supervisor: it takes its orders, carries them out, and says why if it cannot.

`python -m MODULE LIFELINE CONTROL`, where both are descriptors. Standard library only, as all that is here.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from ..errors import PogoError
from . import lifeline
from .control import BOOT_FAILED, Control, user_traceback


class BootError(PogoError):
    """The child cannot start: `traceback` is the user's; `is_final` if another try cannot help."""

    def __init__(self, message: str, traceback: str = "", *, is_final: bool = False) -> None:
        super().__init__(message)
        self.traceback = traceback
        self.is_final = is_final


def be(carry_out: Callable[[bytes, Control], None], *, is_ours: bool = False) -> None:
    """Pass it the orders, in JSON; SystemExit with BOOT_FAILED once the supervisor has been told why that fails.

    `is_ours` if no user's code runs here.
    """
    lifeline.hold(int(sys.argv[1]))
    control = Control(int(sys.argv[2]))
    sys.argv[1:] = []
    orders, _ = control.receive_text()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        carry_out(orders or b"", control)
    except Exception as error:
        told = explained(error, is_ours=is_ours)
        control.failed(str(told), told.traceback, is_final=told.is_final)
        raise SystemExit(BOOT_FAILED) from None


def explained(error: Exception, *, is_ours: bool) -> BootError:
    """What the supervisor is told of it. What our own code refuses it refuses again; a user's may be luckier."""
    if isinstance(error, BootError):
        return error
    if is_ours and isinstance(error, PogoError):
        return BootError(str(error), is_final=True)
    return BootError(f"{type(error).__name__}: {error}", user_traceback(error))
