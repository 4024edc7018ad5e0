"""Starting one child, by exec or by a template's fork; its descriptors, output and signals."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field

from ..errors import ProcessError
from .channel import Channel
from .output import Output
from .plan import Launch

_LAST_READS = 4
"""Reads of a dead child's pipe. What it holds is 64 KiB; a grandchild may write on for ever."""


@dataclass(slots=True, eq=False)
class Process:
    """The handle on one child. `channel` is None for a plain command."""

    channel: Channel | None
    popen: subprocess.Popen[bytes] | None = None
    outputs: list[asyncio.ReadTransport] = field(default_factory=list)
    errors: Output | None = None

    def reaped(self, status: int) -> None:
        """Tell subprocess that the supervisor has reaped; it must never wait for a pid that may be reused."""
        if self.popen is not None:
            self.popen.returncode = status

    def read_rest(self) -> None:
        """Take in what a dead child has left in its pipes, so that its last words are known with its death."""
        for transport in self.outputs:
            pipe, output = transport.get_extra_info("pipe"), transport.get_protocol()
            if not isinstance(output, Output):  # it has been read to its end
                continue
            with contextlib.suppress(OSError, ValueError):
                for _ in range(_LAST_READS):
                    output.data_received(os.read(pipe.fileno(), 65536))

    def close(self) -> None:
        """Close our ends. Output that is still in the pipes has been read by then."""
        if self.channel is not None:
            self.channel.close()
        for output in self.outputs:
            output.close()


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the child's whole group, or the child alone if it has not yet made itself a leader."""
    with contextlib.suppress(ProcessLookupError):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            os.kill(pid, number)


async def execute(launch: Launch, name: str, lifeline: int) -> Process:
    """Start a child by exec; OSError if the system refuses."""
    if launch.command:
        return await _execute_command(launch, name, lifeline)
    ours, theirs = socket.socketpair()
    with theirs:
        python = [launch.python or sys.executable, *([] if launch.python else ["-P"])]
        argv = [*python, "-m", launch.module, str(lifeline), str(theirs.fileno())]
        try:
            return await _exec(argv, launch, name, (lifeline, theirs.fileno()), Channel(ours))
        except OSError:
            ours.close()
            raise


async def _execute_command(launch: Launch, name: str, lifeline: int) -> Process:
    argv = [sys.executable, "-P", "-m", "pogoproxy.jobs.lifeline", str(lifeline), *launch.command]
    return await _exec(argv, launch, name, (lifeline,), None)


async def _exec(argv: list[str], launch: Launch, name: str, fds: tuple[int, ...], channel: Channel | None) -> Process:
    popen = _popen(argv, launch, fds)
    process = Process(channel, popen)
    if popen.stdout is not None and popen.stderr is not None:
        await _capture(process, os.dup(popen.stdout.fileno()), os.dup(popen.stderr.fileno()), name)
        if process.errors is not None:
            process.errors.routine = launch.routine
        popen.stdout.close()
        popen.stderr.close()
    return process


def _popen(argv: list[str], launch: Launch, fds: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """Exec without the loop's own subprocess machinery, which would want to reap; vfork makes it a millisecond."""
    stream = None if launch.is_ours else subprocess.PIPE
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,
        pass_fds=(*fds, *launch.fds),
        cwd=launch.directory,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **launch.environment},
        process_group=0,
    )


async def fork(launch: Launch, name: str, template: Process) -> Process:
    """Have the template fork a child; ProcessError if it does not take the order."""
    if template.channel is None:
        raise ProcessError(f"{name}: its template has no control channel")
    ours, theirs = socket.socketpair()
    process = Process(Channel(ours))
    out, child_out = os.pipe()
    err, child_err = os.pipe()
    await _capture(process, out, err, name)
    try:
        template.channel.send_with_fds(launch.orders, [theirs.fileno(), child_out, child_err])
    except ProcessError:
        process.close()
        raise
    finally:
        theirs.close()
        os.close(child_out)
        os.close(child_err)
    return process


async def _capture(process: Process, out: int, err: int, name: str) -> None:
    loop = asyncio.get_running_loop()
    for fd, stream, level in ((out, "stdout", logging.INFO), (err, "stderr", logging.WARNING)):
        output = Output(f"{name} {stream}", level)
        transport, _ = await loop.connect_read_pipe(lambda output=output: output, os.fdopen(fd, "rb", 0))  # type: ignore[misc]
        process.outputs.append(transport)
        if stream == "stderr":
            process.errors = output
