"""Lifeline: a process whose supervisor dies is killed by the kernel, together with its process group.

The supervisor holds the write end of a pipe, never writes, and hands the read end to every child. A child asks
for a signal when that pipe hangs up; as the signal is SIGKILL and its receiver is the whole group, neither a
busy C extension nor a grandchild outlives the supervisor. PR_SET_PDEATHSIG does less: it follows the parent's
thread, is not inherited by grandchildren, and cannot be used below a template that forks.

Standard library only: pool workers run this under other interpreters. As a program, it is the wrapper for
commands that know nothing of lifelines: `python -m pogoproxy.jobs.lifeline FD COMMAND [ARGUMENT …]`.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys

_F_SETSIG = 10  # <fcntl.h>; the standard library has no name for it


def hold(fd: int) -> int:
    """Bind this process, as the leader of its own group, to the pipe whose read end is `fd`; consumes `fd`.

    Returns the descriptor that must stay open, which a forked child may pass to its own `hold`. Does not
    return if the supervisor is already gone.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    # Owner and signal belong to the open file description, which siblings share. Opening the pipe once more
    # through /proc gives this process a description of its own.
    own = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK)
    os.close(fd)
    fcntl.fcntl(own, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(own, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(own, fcntl.F_SETFL, os.O_RDONLY | os.O_NONBLOCK | os.O_ASYNC)
    if _is_cut(own):  # the hang-up came before we asked for the signal, so none will
        os.killpg(0, signal.SIGKILL)
    return own


def _is_cut(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, 0)
    return bool(poll.poll(0))


def main(arguments: list[str]) -> None:
    """Take hold and become the command."""
    own = hold(int(arguments[0]))
    os.set_inheritable(own, True)
    os.execvp(arguments[1], arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
