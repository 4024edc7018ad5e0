"""Doing what the core decided: frames to callers and workers, words to whoever starts and ends processes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from ..jobs import wire
from ..jobs.wire import Kind
from .actions import Action, Assign, Credit, CutOff, Deliver, Drain, Hire, Kill, Part, Recall, Release, TellCancel
from .session import Session
from .staff import Staff

log = logging.getLogger(__name__)


class Effects:
    """`callers` and `workers` are the open connections by number; `staff` has the processes."""

    def __init__(self, callers: dict[int, Session], workers: dict[int, Session], staff: Staff) -> None:
        self._callers = callers
        self._workers = workers
        self._staff = staff
        self._mail: defaultdict[Session, list[bytes]] = defaultdict(list)
        """What each connection is to be sent, in one write: frames, in pieces."""
        # A table, since to match a pattern for each action would cost more than most of them do.
        self._by_type: dict[type, Callable[[Any], None]] = {
            Deliver: self._deliver,
            Assign: self._assign,
            Part: lambda part: self._tell(callers, part.caller, wire.YIELD, part.task, part.body),
            Credit: lambda credit: self._tell(
                workers, credit.worker, wire.CREDIT, credit.task, wire.pack_credit(credit.more)
            ),
            TellCancel: self._tell_cancel,
            Recall: lambda recall: self._tell(workers, recall.worker, wire.RECALL, recall.task),
            Drain: lambda drain: self._tell(workers, drain.worker, wire.DRAIN, 0),
            CutOff: self._cut_off,
            Kill: self._kill,
            Hire: lambda hire: staff.hire(hire.pool),
            Release: lambda release: staff.release(release.pid),
        }

    def perform(self, actions: Iterable[Action]) -> None:
        """Do it, in order; what the peers are told goes out at the end."""
        for action in actions:
            self._by_type[type(action)](action)
        for session, pieces in self._mail.items():
            session.write(pieces)
        self._mail.clear()

    def _deliver(self, end: Deliver) -> None:
        session = self._callers.get(end.caller)
        if session is not None:
            self._mail[session] += (session.result_head(end), end.body)

    def _assign(self, job: Assign) -> None:
        session = self._workers.get(job.worker)
        if session is not None:
            head = wire.encode_job_head(job.task, job.remaining, job.credit, len(job.job))
            self._mail[session] += (head, job.job)

    def _tell(self, sessions: dict[int, Session], number: int, kind: Kind, id: int, payload: bytes = b"") -> None:
        session = sessions.get(number)
        if session is not None:
            self._mail[session].append(wire.encode(kind, id, payload))

    def _tell_cancel(self, cancel: TellCancel) -> None:
        self._tell(self._workers, cancel.worker, wire.CANCEL, cancel.task)
        if (session := self._workers.get(cancel.worker)) is not None:
            session.rouse()

    def _kill(self, kill: Kill) -> None:
        log.warning("killing worker pid=%d reason=%s", kill.pid, kill.reason)
        self._staff.kill(kill.pid, kill.reason)

    def _cut_off(self, cut: CutOff) -> None:
        session = self._workers.get(cut.connection)
        if session is not None:
            session.cut_off(cut.reason)
