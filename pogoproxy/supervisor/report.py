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
        pids = [child.pid for child in crew.lives(Life.READY)]
        log.log(level, "ready role=%s generation=%d pids=%s", crew.role.title, crew.role.generation, pids)

    def failed(self, child: Child, crew: Crew, reason: str, traceback: str) -> None:
        """A child says that it cannot start. The first start's last word is left to whoever waits for it."""
        if crew.is_hopeless and not crew.has_started:
            return
        is_new = bool(traceback) and self._shown.get(child.role) != traceback
        self._shown[child.role] = traceback or self._shown.get(child.role, "")
        known = (crew.role.title, crew.role.generation, child.pid, crew.failures + 1, reason)
        words = "failed to start role=%s generation=%d pid=%s failures=%d reason=%s"
        if is_new:
            log.error(f"{words} stacktrace=%s", *known, traceback.rstrip())
        else:
            log.error(words, *known)

    def exited(self, child: Child, crew: Crew, was: Life, how: str, words: Sequence[str]) -> None:
        """A child is gone. An end that was asked for, or that has been explained, is no news."""
        is_expected = was is Life.STOPPING and (how != "SIGKILL" or not child.reason)
        is_explained = how == str(BOOT_FAILED) and child.reason
        is_quiet = is_expected or is_explained or crew.has_left(was, how)
        level = logging.DEBUG if is_quiet else logging.WARNING
        if level == logging.WARNING:
            self._complete.discard(crew.role.name)
        reason = child.reason or ("out of memory?" if how == "SIGKILL" else "")
        last = words[-1] if words and was is not Life.STOPPING else ""
        log.log(
            level,
            "exited role=%s generation=%d pid=%s exit=%s was=%s reason=%s last_words=%s",
            *(crew.role.title, crew.role.generation, child.pid, how, was.name.lower(), reason, last),
        )
