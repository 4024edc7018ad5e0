"""The template of a pool: it has imported the worker module once and forks the workers, which share its memory.

`python -m pogoproxy.jobs.template LIFELINE CONTROL`. Each order comes with three descriptors: the worker's control
channel, its standard output and its standard error. The fork is double, so that the supervisor, who is everybody's
subreaper, is the one process that reaps.

A process that runs threads must not go on in a fork: locks that other threads held stay held for ever. Where the
module starts threads on import, as numeric libraries do, each worker is exec'd instead and imports for itself.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from . import lifeline
from .classes import Classes
from .control import BOOT_FAILED, Control, user_traceback
from .rehearsal import rehearse
from .worker import run_worker

Orders = dict[str, Any]

NOTHING = ["off"]
"""What `preload` says so that not even the worker module is imported here."""


def main() -> None:
    """Be the template; or, with a third argument, the fresh worker whose orders that descriptor holds."""
    lifeline_fd, control_fd, *orders_fd = map(int, sys.argv[1:])
    held, control = lifeline.hold(lifeline_fd), Control(control_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.argv[1:] = []
    orders: Orders
    if orders_fd:
        with open(orders_fd[0]) as pipe:  # noqa: PTH123 - a descriptor has no path
            orders = json.load(pipe)
        control.started()
        work(orders, control, load(orders, control))
        return
    orders = control.receive() or {}
    preload: Any = orders.get("preload", [])
    classes = None if preload == NOTHING else load(orders, control, *preload)
    if classes is not None and not _has_threads():
        rehearse(held)
    gc.collect()
    gc.freeze()
    control.ready()
    fork_on_demand(control, held, classes)


def load(orders: Orders, control: Control, *others: str) -> Classes:
    """Import the pool's module, and others; SystemExit once the supervisor has been told why that fails."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    for module in (*others, orders["module"]):
        _import(module, folder, control)
    return Classes(orders["module"])


def _import(module: str, folder: str, control: Control) -> None:
    try:
        importlib.import_module(module)
        return
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            control.failed(f"cannot import {module}: no module named {error.name!r} in {folder}", is_final=True)
        else:
            control.failed(f"cannot import {module}: {error}", user_traceback(error))
    except BaseException as error:  # a module may well call sys.exit while it is imported
        control.failed(f"cannot import {module}: {type(error).__name__}: {error}", user_traceback(error))
    raise SystemExit(BOOT_FAILED)


def fork_on_demand(control: Control, held: int, classes: Classes | None) -> None:
    """Fork a worker for each order; returns in the worker when its work is done, in the template at the end.

    Without classes nothing has been imported, and each worker does it for itself. Whatever the template writes to its
    memory between two forks, the workers before and after do not share; so it does little.
    """
    while True:
        text, fds = control.receive_text()
        if text is None:
            return
        has_threads = _has_threads()
        if not _is_forked_twice():
            for fd in fds:
                os.close(fd)
            continue
        control.close()
        worker_control, out, err = fds
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        if has_threads or classes is None:
            _exec_fresh(text, held, worker_control)
        lifeline.hold(held)
        own = Control(worker_control)
        own.started()
        work(json.loads(text), own, classes)
        return


def work(orders: Orders, control: Control, classes: Classes) -> None:
    """Be a worker until drained."""
    slots = orders.get("slots", 1)
    run_worker(
        orders["socket"],
        orders["secret"],
        orders["pool"],
        slots=slots,
        load=lambda: classes,
        on_ready=control.ready,
    )


def _has_threads() -> bool:
    """Whether another thread runs here, be it one of a C library, which `threading` does not know."""
    return len(os.listdir("/proc/self/task")) > 1  # noqa: PTH208 - it is called between forks


def _is_forked_twice() -> bool:
    """Whether this is the grandchild. Where the system refuses a fork there is none: the order's control channel
    closes without a word, and the supervisor tries again later."""
    try:
        middle = os.fork()
    except OSError as error:
        print(f"cannot fork a worker: {error.strerror}", file=sys.stderr, flush=True)
        return False
    if middle:
        os.waitpid(middle, 0)
        return False
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            return True
    os._exit(0)


def _exec_fresh(orders: bytes, held: int, control: int) -> NoReturn:
    """Start the interpreter anew. The orders hold a secret, so they go by a pipe and not by the command line."""
    source, sink = os.pipe()
    os.write(sink, orders)
    os.close(sink)
    for fd in (held, control, source):
        os.set_inheritable(fd, True)
    safe_path = ["-P"] if sys.flags.safe_path else []
    argv = [sys.executable, *safe_path, "-m", "pogoproxy.jobs.template", *map(str, (held, control, source))]
    os.execv(sys.executable, argv)


if __name__ == "__main__":
    main()
