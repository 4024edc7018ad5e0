"""Who starts and ends the processes of workers, seen from the broker."""

from __future__ import annotations

import contextlib
import os
import signal


class Staff:
    """Nobody in particular: processes come and go by themselves, and are killed where they must be.

    The supervisor's form of it is in `pools`.
    """

    def kill(self, pid: int, reason: str) -> None:
        """End that worker's process at once; it is then reported by `Broker.worker_exited`."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def wake(self, pid: int) -> None:
        """Have a process look at its connection. Whoever does not expect the signal is not disturbed by it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGURG)

    def hire(self, pool: str) -> None:
        """Start one more worker for that pool."""

    def release(self, pid: int) -> None:
        """That worker will end of its own accord, and is not to be replaced then."""

    def joined(self, pid: int) -> None:
        """That worker serves."""

    def process_of(self, pid: int) -> int:
        """The process to kill, and to hear of, for a peer with that pid: a command may have started its worker."""
        return pid
