"""Telling whoever started us how we are: systemd by its socket (sd_notify(3)), `pogoproxy start` by a pipe."""

from __future__ import annotations

import contextlib
import os
import socket
import time


class Notifier:
    """`path` is systemd's NOTIFY_SOCKET or empty, `ready_fd` a pipe that is written once, or negative."""

    def __init__(self, path: str = "", ready_fd: int = -1) -> None:
        # A leading @ stands for the NUL of an abstract socket.
        self._path = "\0" + path[1:] if path.startswith("@") else path
        self._ready_fd = ready_fd
        if ready_fd >= 0:
            os.set_inheritable(ready_fd, False)

    def ready(self) -> None:
        """Requests are served."""
        self._tell("READY=1")
        if self._ready_fd >= 0:
            os.write(self._ready_fd, b"1")
            os.close(self._ready_fd)
            self._ready_fd = -1

    def reloading(self) -> None:
        """A new config is being started."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if not self._path:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.sendto(text.encode(), self._path)
