"""What a job may change in its process and the next one must not find: put back after each job."""

from __future__ import annotations

import locale
import os
import signal
import sys


class Order:
    """The state of the process as it is now: folder, umask, signal mask, environment, locale, standard streams."""

    def __init__(self) -> None:
        self._folder = os.getcwd()  # noqa: PTH109 - a string is all we need, on every job
        self._umask = os.umask(0)
        os.umask(self._umask)
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._environ = dict(_environ())
        self._locale = locale.setlocale(locale.LC_ALL)
        self._streams = (sys.stdin, sys.stdout, sys.stderr)

    def restore(self) -> bool:
        """Put it back; False if that cannot be done, as when the job removed the folder."""
        try:
            self._put_back()
        except (OSError, ValueError, locale.Error):
            return False
        return True

    def _put_back(self) -> None:
        os.umask(self._umask)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        if _environ() != self._environ:
            self._restore_environ()
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        if _folder() != self._folder:
            os.chdir(self._folder)

    def _restore_environ(self) -> None:
        for name in [name for name in os.environb if name not in self._environ]:
            del os.environb[name]
        for name, value in self._environ.items():
            os.environb[name] = value


def _environ() -> dict[bytes, bytes]:
    # The mapping behind os.environ: to decode it all after every job would cost more than many a job.
    data: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    return data


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:  # the job removed it
        return ""
