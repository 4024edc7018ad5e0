"""The processes behind the table's children: started, heard, told, stopped, killed and buried. It decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..errors import ProcessError
from . import process as processes
from . import reaper
from .channel import Channel, Failed, Message, Ready, Said, Started
from .children import Child, Children, Life
from .outbox import Outbox
from .plan import Launch, Role
from .process import Process
from .report import Reports

SILENT_END = 2.0
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


class Handles:
    """A process for each child of `table`. `wake` is called whenever something has happened to one."""

    def __init__(self, table: Children, clock: Callable[[], float], execute: Execute, wake: Callable[[], None]) -> None:
        self.observe: Callable[[Exit], None] | None = None
        self.hear: Callable[[int, bytes], None] | None = None
        self._table = table
        self._clock = clock
        self._execute = execute
        self._wake = wake
        self._lifeline, self._held = os.pipe()
        self._processes: dict[Child, Process] = {}
        self._leaving: set[Process] = set()
        self._outbox = Outbox()
        self._reports = Reports()

    def close(self) -> None:
        """Cut the lifeline, of which every child that is left dies, and close all."""
        for process in list(self._leaving):
            self._close(process)
        os.close(self._lifeline)
        os.close(self._held)

    # What children are told

    def tell(self, name: str, state: bytes) -> None:
        """Send a JSON text to all children of a role, and to those that are yet to come."""
        channels = map(self._channel, self._table.crews[name].children.values())
        self._outbox.tell(name, state, [channel for channel in channels if channel is not None])

    def say(self, child: Child, message: bytes) -> None:
        """Send a JSON text to one child."""
        if (channel := self._channel(child)) is not None:
            self._outbox.send(channel, message)

    def forget(self, name: str) -> None:
        """That role has no children any more."""
        self._outbox.forget(name)

    def _channel(self, child: Child) -> Channel | None:
        process = self._processes.get(child)
        return process.channel if process is not None else None

    # The way of a child

    async def start(self, role: Role, slot: int, launch: Launch) -> None:
        """Launch a child into a slot; a failure is noted as its exit."""
        child = self._table.launched(role, slot, self._clock())
        name = f"{role.title}[{slot}]"
        try:
            template = self._table.template_of(launch)
            if template is not None:
                process = await processes.fork(launch, name, self._processes[template])
            else:
                process = await self._execute(launch, name, self._lifeline)
        except (OSError, ProcessError) as error:
            child.reason = f"cannot start: {error}"
            self._table.exited(child, "not started", self._clock())
            self._reports.failed(child, self._table.crews[role.name], child.reason, "")
            return
        self._processes[child] = process
        if process.popen is not None:
            self._table.named(child, process.popen.pid)
        if process.channel is None:
            self._expect(child, launch, process)
            return
        asyncio.get_running_loop().add_reader(process.channel.socket, functools.partial(self._listen, child))
        # A forked child got its orders together with its descriptors.
        self._outbox.welcome(process.channel, role.name, launch.orders if process.popen is not None else None)

    def _expect(self, child: Child, launch: Launch, process: Process) -> None:
        """A plain command has no channel to say ready on."""
        if launch.ready_line and process.errors is not None:
            process.errors.watch_for(launch.ready_line, functools.partial(self.ready, child))
        elif not launch.is_vouched:
            self.ready(child)

    def _listen(self, child: Child) -> None:
        channel = self._processes[child].channel
        if channel is None:
            return
        try:
            for message in channel.receive():
                self._act(child, message)
        except ProcessError as error:
            self.kill(child, str(error))
        if channel.is_closed:
            asyncio.get_running_loop().remove_reader(channel.socket)
            child.deadline = min(child.deadline, self._clock() + SILENT_END)
        self._wake()

    def _act(self, child: Child, message: Message) -> None:
        match message:
            case Started(pid):
                self._table.named(child, pid)
                if child.life is Life.STOPPING:
                    processes.signal_group(pid, signal.SIGTERM)
            case Ready():
                self.ready(child)
            case Failed(reason, traceback, is_final):
                self._table.failed(child, reason, is_final=is_final)
                self._reports.failed(child, self._table.crews[child.role], reason, traceback)
            case Said(body):
                if self.hear is not None and child.pid is not None:
                    self.hear(child.pid, bytes(body))

    def ready(self, child: Child) -> None:
        """A child serves."""
        self._table.ready(child, self._clock())
        if self._table.crews[child.role].is_complete:
            self._reports.complete(self._table.crews[child.role])
        self._wake()

    def stop(self, child: Child, grace: float, number: signal.Signals | None) -> None:
        """Ask a child to end by that signal, or not at all if somebody else has; it is overdue after the grace."""
        self._table.stopping(child, self._clock(), grace)
        if child.pid is not None and number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)

    def kill(self, child: Child, reason: str) -> None:
        """Kill a child, which is reaped like any other."""
        child.reason = reason
        if child.pid is not None:
            processes.signal_group(child.pid, signal.SIGKILL)
        elif child in self._processes:
            # Its template took the order and never forked, or the fork died unnamed: nothing is there to be reaped.
            self._bury(child, None)

    # Its end

    def reap(self) -> None:
        """Collect whatever has ended."""
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
        child = self._table.by_pid(pid)
        if child is None:
            for nameless in [child for child in self._table if child.pid is None]:
                self._listen(nameless)
            child = self._table.by_pid(pid)
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
        self._table.exited(child, how, self._clock())
        self._reports.exited(child, self._table.crews[child.role], was, how, words)
        if self.observe is not None:
            self.observe(Exit(child.role, child.pid, code, words))
        self._wake()

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
