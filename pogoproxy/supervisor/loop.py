"""The supervisor: reap, take messages, converge on what is wanted, sleep until woken or until the next deadline.

One task does all of it, so the table needs no lock. Signal handler and readiness callbacks only wake it or put
a child into its inbox. Those who wait for something (`until_ready`, `retire`) wait for the next change and look
at the table again.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from ..errors import ProcessError
from . import process as processes
from . import reaper
from .channel import Failed, Message, Ready, Said, Started
from .children import Child, Children, Life
from .outbox import Outbox
from .plan import Launch, Role
from .process import Process
from .report import Reports

BOOT_ATTEMPTS = 6
"""Consecutive failures after which a role that never started is given up, as FrankenPHP does."""

_SILENT_END = 2.0
"""Seconds that a child may live on after it closed its control channel, which normally is its exit."""

_LAST_OUTPUT = 0.5
"""Seconds to read what a dead child has left in its pipes."""

Execute = Callable[[Launch, str, int], Awaitable[Process]]


@dataclass(frozen=True, slots=True)
class Exit:
    """A child is gone. `code` is that of `subprocess` (negative: signal), None if nobody could tell."""

    role: str
    pid: int | None
    code: int | None
    last_words: tuple[str, ...]


class Supervisor:
    """An async context manager: its end kills whatever is left."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        execute: Execute = processes.execute,
        boot_attempts: int = BOOT_ATTEMPTS,
    ) -> None:
        self.observe: Callable[[Exit], None] | None = None
        """Told of every exit; the broker wants to know how its workers died."""
        self.hear: Callable[[int, bytes], None] | None = None
        """Told what children say, with their process ids."""
        self.table = Children()
        self._processes: dict[Child, Process] = {}
        self._clock = clock
        self._execute = execute
        self._boot_attempts = boot_attempts
        self._lifeline, self._held = os.pipe()
        self._awake = asyncio.Event()
        self._change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._leaving: set[Process] = set()
        self._outbox = Outbox()
        self._stack = contextlib.ExitStack()
        self._task: asyncio.Task[None] | None = None
        self._reports = Reports()

    async def __aenter__(self) -> Supervisor:
        """Start to supervise: orphans of our children become ours, and we reap them."""
        reaper.adopt_orphans()
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
        for process in list(self._leaving):
            self._close(process)
        os.close(self._lifeline)
        os.close(self._held)

    # What others ask for

    def want(self, role: Role) -> None:
        """Start to hold the role's slots filled."""
        self.table.want(role)
        self._awake.set()

    def tell(self, name: str, state: bytes) -> None:
        """Send a JSON text to all children of the role, and to those that are yet to come after their orders."""
        children = self.table.crews[name].children.values()
        channels = (self._processes[child].channel for child in children if child in self._processes)
        self._outbox.tell(name, state, [channel for channel in channels if channel is not None])

    def say(self, pid: int, message: bytes) -> None:
        """Send a JSON text to one child; one that is gone is told nothing."""
        child = self.table.by_pid(pid)
        process = self._processes.get(child) if child is not None else None
        if process is not None and process.channel is not None:
            self._outbox.send(process.channel, message)

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
                self._stop(child, grace, None if is_told else self.table.crews[name].role.stop_signal)
        self._awake.set()
        while any(self.table.crews[name].children for name in names):
            await self.change()
        for name in names:
            self.table.forget(name)
            self._outbox.forget(name)

    def kill(self, pid: int, reason: str) -> None:
        """Kill one child, which is then replaced at once; a pid that is not a child's is left alone."""
        child = self.table.by_pid(pid)
        if child is not None:
            self.table.stopping(child, self._clock(), _SILENT_END)
            self._kill(child, reason)

    def grow(self, name: str) -> None:
        """Have one more child of that role."""
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
            self._is_ready(child)

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
            self._kill(child, child.reason)

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
            self._reap()
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

    def _reap(self) -> None:
        while (pid := reaper.zombie()) is not None:
            child = self._find(pid)
            if child is not None:
                # While the zombie holds the pid, the group's number cannot be another's.
                processes.signal_group(pid, signal.SIGKILL)
            code = reaper.collect(pid)
            if child is not None:
                self._bury(child, code)

    def _find(self, pid: int) -> Child | None:
        """The child with that pid; None for a stranger that a child left to us (we are its subreaper, or PID 1)."""
        child = self.table.by_pid(pid)
        if child is None:
            for nameless in [child for child in self.table if child.pid is None]:
                self._listen(nameless)
            child = self.table.by_pid(pid)
        return child

    def _bury(self, child: Child, code: int | None) -> None:
        self._listen(child)
        process = self._processes.pop(child)
        process.read_rest()
        if code is not None:
            process.reaped(code)
        self._hang_up(process)
        how, was = reaper.worded(code), child.life
        words = tuple(process.errors.tail) if process.errors else ()
        if was is Life.STARTING and words and process.channel is None:
            child.reason = child.reason or words[-1]  # a command has no other way to say why it does not start
        self.table.exited(child, how, self._clock())
        self._reports.exited(child, self.table.crews[child.role], was, how, words)
        if self.observe is not None:
            self.observe(Exit(child.role, child.pid, code, words))
        self._awake.set()

    def _hang_up(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        if process.channel is not None:
            loop.remove_reader(process.channel.socket)
        # What the child printed last may still be in its pipes; a grandchild that holds them is not waited for.
        self._leaving.add(process)
        loop.call_later(_LAST_OUTPUT, self._close, process)

    def _close(self, process: Process) -> None:
        self._leaving.discard(process)
        process.close()

    async def _converge(self, now: float) -> None:
        for child in self.table.overdue(now):
            child.deadline = math.inf
            self._kill(child, child.reason or f"still {child.life.name.lower()} at its deadline")
        self.table.settle(now)
        for role, slot, launch in self.table.vacancies(now):
            await self._start(role, slot, launch)

    async def _start(self, role: Role, slot: int, launch: Launch) -> None:
        child = self.table.launched(role, slot, self._clock())
        name = f"{role.title}[{slot}]"
        try:
            template = self.table.template_of(launch)
            if template is not None:
                process = await processes.fork(launch, name, self._processes[template])
            else:
                process = await self._execute(launch, name, self._lifeline)
        except (OSError, ProcessError) as error:
            child.reason = f"cannot start: {error}"
            self.table.exited(child, "not started", self._clock())
            self._reports.failed(child, self.table.crews[role.name], child.reason, "")
            return
        self._processes[child] = process
        if process.popen is not None:
            self.table.named(child, process.popen.pid)
        if process.channel is None:
            self._expect(child, launch, process)
            return
        asyncio.get_running_loop().add_reader(process.channel.socket, functools.partial(self._listen, child))
        # A forked child got its orders together with its descriptors.
        self._outbox.welcome(process.channel, role.name, launch.orders if process.popen is not None else None)

    def _expect(self, child: Child, launch: Launch, process: Process) -> None:
        """A plain command has no channel to say ready on."""
        if launch.ready_line and process.errors is not None:
            process.errors.watch_for(launch.ready_line, functools.partial(self._is_ready, child))
        elif not launch.is_vouched:
            self._is_ready(child)

    def _listen(self, child: Child) -> None:
        channel = self._processes[child].channel
        if channel is None:
            return
        try:
            for message in channel.receive():
                self._act(child, message)
        except ProcessError as error:
            self._kill(child, str(error))
        if channel.is_closed:
            asyncio.get_running_loop().remove_reader(channel.socket)
            child.deadline = min(child.deadline, self._clock() + _SILENT_END)
        self._awake.set()

    def _act(self, child: Child, message: Message) -> None:
        match message:
            case Started(pid):
                self.table.named(child, pid)
                if child.life is Life.STOPPING:
                    processes.signal_group(pid, signal.SIGTERM)
            case Ready():
                self._is_ready(child)
            case Failed(reason, traceback, is_final):
                self.table.failed(child, reason, is_final=is_final)
                self._reports.failed(child, self.table.crews[child.role], reason, traceback)
            case Said(body):
                if self.hear is not None and child.pid is not None:
                    self.hear(child.pid, bytes(body))

    def _is_ready(self, child: Child) -> None:
        self.table.ready(child, self._clock())
        if self.table.crews[child.role].is_complete:
            self._reports.complete(self.table.crews[child.role])
        self._awake.set()

    def _stop(self, child: Child, grace: float, number: signal.Signals | None) -> None:
        self.table.stopping(child, self._clock(), grace)
        if child.pid is not None and number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)

    def _kill(self, child: Child, reason: str) -> None:
        child.reason = reason
        if child.pid is not None:
            processes.signal_group(child.pid, signal.SIGKILL)
        elif child in self._processes:
            # Its template took the order and never forked, or the fork died unnamed: nothing is there to be reaped.
            self._bury(child, None)
