"""Reaping, by the rules for PID 1: every zombie is collected, whoever it belonged to."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


@contextlib.contextmanager
def adopting_orphans() -> Iterator[None]:
    """Be the parent of whatever our descendants leave behind, as PID 1 is by nature.

    Only for so long: who does not reap them must not be given any.
    """
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@contextlib.contextmanager
def woken_by_deaths(wake: Callable[[], None]) -> Iterator[None]:
    """Call `wake` on the running loop when a child ends. To be entered in the main thread."""
    loop = asyncio.get_running_loop()

    # Not loop.add_signal_handler: uvloop keeps SIGCHLD for itself. The loop's wake-up descriptor still makes the
    # interpreter run this handler at once.
    def enqueue(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(wake)

    before = signal.signal(signal.SIGCHLD, enqueue)
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, before)


def zombie() -> int | None:
    """The pid of a child that has ended; it stays a zombie, and its number its own, until `collect`."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return ended.si_pid if ended else None


def collect(pid: int) -> int:
    """Reap a zombie; its exit code as `subprocess` has it, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def worded(code: int | None) -> str:
    """An exit code as an operator reads it."""
    if code is None:
        return "unknown"
    return signal.Signals(-code).name if code < 0 else str(code)
