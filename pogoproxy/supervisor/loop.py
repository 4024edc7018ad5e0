"""The supervisor: reap, take messages, converge on what is wanted, sleep until woken or until the next deadline.

One task does all of it, so the table needs no lock. Signal handler and readiness callbacks only wake it or put
a child into its inbox. Those who wait for something (`until_ready`, `retire`) wait for the next change and look
at the table again.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import time
from collections.abc import Callable, Iterable

from ..errors import ProcessError
from . import process as processes
from . import reaper
from .children import Children, Life
from .handles import SILENT_END, Execute, Exit, Handles
from .plan import Role

BOOT_ATTEMPTS = 6
"""Consecutive failures after which a role that never started is given up, as FrankenPHP does."""


class Supervisor:
    """An async context manager: its end kills whatever is left."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        execute: Execute = processes.execute,
        boot_attempts: int = BOOT_ATTEMPTS,
    ) -> None:
        self.table = Children()
        self._clock = clock
        self._boot_attempts = boot_attempts
        self._awake = asyncio.Event()
        self._handles = Handles(self.table, clock, execute, self._awake.set)
        self._change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stack = contextlib.ExitStack()
        self._task: asyncio.Task[None] | None = None

    def listen(self, observe: Callable[[Exit], None], hear: Callable[[int, bytes], None] | None = None) -> None:
        """`observe` is told of every exit, `hear` what children say, with their process ids."""
        self._handles.observe, self._handles.hear = observe, hear

    async def __aenter__(self) -> Supervisor:
        """Start to supervise: orphans of our children become ours, and we reap them."""
        self._stack.enter_context(reaper.adopting_orphans())
        self._stack.enter_context(reaper.woken_by_deaths(self._awake.set))
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill what is left, reap it, and close."""
        assert self._task is not None
        for name in list(self.table.crews):
            self.table.retire(name)
        self.kill_all()
        with contextlib.suppress(Exception):  # what broke the supervisor has been raised by `broken` already
            async with asyncio.timeout(5):
                while any(self.table) and not self._task.done():
                    await self.change()
        self._task.cancel()
        await asyncio.wait([self._task])
        self._stack.close()
        self._handles.close()

    # What others ask for

    def want(self, role: Role) -> None:
        """Start to hold the role's slots filled."""
        self.table.want(role)
        self._awake.set()

    def tell(self, name: str, state: bytes) -> None:
        """Send a JSON text to all children of the role, and to those that are yet to come after their orders."""
        self._handles.tell(name, state)

    def say(self, pid: int, message: bytes) -> None:
        """Send a JSON text to one child; one that is gone is told nothing."""
        if (child := self.table.by_pid(pid)) is not None:
            self._handles.say(child, message)

    async def broken(self) -> None:
        """Return only by raising what broke the supervisor itself, for then nobody reaps and nobody restarts."""
        assert self._task is not None
        await asyncio.shield(self._task)

    async def until_ready(self, names: Iterable[str]) -> None:
        """Return when every slot of these roles serves; ProcessError when one cannot start."""
        names = list(names)
        while True:
            crews = [self.table.crews[name] for name in names]
            for crew in crews:
                if not crew.has_started and (crew.is_hopeless or crew.failures >= self._boot_attempts):
                    raise ProcessError(f"{crew.role.title}: {crew.last_reason}")
            if all(crew.is_complete for crew in crews):
                return
            await self.change()

    async def retire(self, names: Iterable[str], grace: float, *, is_told: bool = False) -> None:
        """Stop these roles' children, and after `grace` seconds by SIGKILL; returns when all are gone.

        They get their role's signal, unless somebody else tells them to end.
        """
        names = [name for name in names if name in self.table.crews]
        for name in names:
            for child in self.table.retire(name):
                self._handles.stop(child, grace, None if is_told else self.table.crews[name].role.stop_signal)
        self._awake.set()
        while any(self.table.crews[name].children for name in names):
            await self.change()
        for name in names:
            self.table.forget(name)
            self._handles.forget(name)

    def kill(self, pid: int, reason: str) -> None:
        """Kill one child, which is then replaced at once; a pid that is not a child's is left alone."""
        child = self.table.by_pid(pid)
        if child is not None:
            self.table.stopping(child, self._clock(), SILENT_END)
            self._handles.kill(child, reason)

    def grow(self, name: str) -> None:
        """Have one more child of that role, unless it is retired by now."""
        if name in self.table.crews:
            self.table.grow(name)
            self._awake.set()

    def release(self, pid: int) -> None:
        """A child will end of its own accord, and is not to be replaced."""
        if (child := self.table.by_pid(pid)) is not None:
            self.table.release(child)

    def vouch(self, pid: int) -> None:
        """A child that cannot say so itself is ready."""
        child = self.table.by_pid(pid)
        if child is not None and child.life is Life.STARTING:
            self._handles.ready(child)

    def child_of(self, pid: int) -> int:
        """The pid of the child to whose group a process belongs; its own if that is unknown."""
        if self.table.by_pid(pid) is None:
            with contextlib.suppress(ProcessLookupError):
                group = os.getpgid(pid)
                return group if self.table.by_pid(group) is not None else pid
        return pid

    def kill_all(self) -> None:
        """Kill every child now."""
        for child in self.table:
            self.table.stopping(child, self._clock(), 0.0)
            self._handles.kill(child, child.reason)

    async def change(self) -> None:
        """Wait until something about the children has changed; raises what broke the supervisor itself."""
        assert self._task is not None
        await asyncio.wait([self._change, self._task], return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()

    # The loop

    async def _run(self) -> None:
        while True:
            self._awake.clear()
            self._handles.reap()
            now = self._clock()
            await self._converge(now)
            self._announce()
            # By the same moment: what was not yet due then must not be taken for done because it is due by now.
            delay = self.table.next_deadline(now) - self._clock()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if delay == math.inf else max(delay, 0.0)):
                    await self._awake.wait()

    def _announce(self) -> None:
        change, self._change = self._change, asyncio.get_running_loop().create_future()
        change.set_result(None)

    async def _converge(self, now: float) -> None:
        for child in self.table.overdue(now):
            child.deadline = math.inf
            self._handles.kill(child, child.reason or f"still {child.life.name.lower()} at its deadline")
        self.table.settle(now)
        for role, slot, launch in self.table.vacancies(now):
            await self._handles.start(role, slot, launch)
