"""What an operator is told about children: who serves, who died and why, each failure once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..jobs.control import BOOT_FAILED
from .children import Child, Crew, Life

log = logging.getLogger(__name__)


class Reports:
    """Words events for the log; remembers which traceback was shown last for each role."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._complete: set[str] = set()

    def complete(self, crew: Crew) -> None:
        """Every slot of a role has a child that serves; news only at first and after a loss."""
        level = logging.DEBUG if crew.role.name in self._complete else logging.INFO
        self._complete.add(crew.role.name)
        log.log(level, "ready %s pids=%s", _name(crew), [child.pid for child in crew.lives(Life.READY)])

    def failed(self, child: Child, crew: Crew, reason: str, traceback: str) -> None:
        """A child says that it cannot start. The first start's last word is left to whoever waits for it."""
        if crew.is_hopeless and not crew.has_started:
            return
        is_new = bool(traceback) and self._shown.get(child.role) != traceback
        self._shown[child.role] = traceback or self._shown.get(child.role, "")
        failures = crew.failures + 1
        shown = f"\n{traceback.rstrip()}" if is_new else ""
        log.error("failed to start %s pid=%s failures=%d reason=%s%s", _name(crew), child.pid, failures, reason, shown)

    def exited(self, child: Child, crew: Crew, was: Life, how: str, words: Sequence[str]) -> None:
        """A child is gone. An end that was asked for, or that has been explained, is no news."""
        is_expected = was is Life.STOPPING and (how != "SIGKILL" or not child.reason)
        is_explained = how == str(BOOT_FAILED) and child.reason
        has_left = was is Life.READY and how == "0" and crew.role.may_leave
        level = logging.DEBUG if is_expected or is_explained or has_left else logging.WARNING
        if level == logging.WARNING:
            self._complete.discard(crew.role.name)
        hint = " (out of memory?)" if how == "SIGKILL" and not child.reason else ""
        reason = f" reason={child.reason}" if child.reason else ""
        last = f" last_words={words[-1]!r}" if words and was is not Life.STOPPING else ""
        log.log(
            level, "exited %s pid=%s exit=%s%s was=%s%s%s", _name(crew), child.pid, how, hint, was.name, reason, last
        )


def _name(crew: Crew) -> str:
    return f"role={crew.role.title!r} generation={crew.role.generation}"
