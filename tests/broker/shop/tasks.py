"""Jobs, well and ill behaved."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from logging import StreamHandler  # noqa: F401 - a class with `handle` that is not ours to run
from pathlib import Path
from typing import Any

from pogoproxy import PoolSaturated, deadline, spawn
from pogoproxy.jobs.scope import current_scope


class Echo:
    def handle(self, args: Any) -> Any:
        return args


class Pid:
    def handle(self, args: Any) -> int:
        return os.getpid()


class AsyncPid:
    async def handle(self, args: Any) -> int:
        await asyncio.sleep(0.1)
        return os.getpid()


class Sleep:
    """`seconds`; leaves a file at `started` first and at `finished` last."""

    def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        _touch(args.get("started"))
        time.sleep(args["seconds"])
        _touch(args.get("finished"))
        return args


class AsyncSleep:
    async def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        _touch(args.get("started"))
        try:
            await asyncio.sleep(args["seconds"])
        except asyncio.CancelledError:
            _touch(args.get("cancelled"))
            raise
        return args


class Stubborn:
    """Ignores every cancel, and signals, for `seconds`."""

    def handle(self, args: dict[str, Any]) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _touch(args.get("started"))
        end = time.monotonic() + args["seconds"]
        while time.monotonic() < end:
            try:
                time.sleep(0.01)
            except BaseException:
                continue


class Burn:
    def handle(self, args: dict[str, Any]) -> None:
        end = time.monotonic() + args["seconds"]
        while time.monotonic() < end:
            sum(range(1000))


class Die:
    """`how`: an exit code for `os._exit`, or the name of a signal; says `last_words` on stderr."""

    def handle(self, args: dict[str, Any]) -> None:
        print(args.get("last_words", ""), file=sys.stderr, flush=True)
        how = args["how"]
        if isinstance(how, int):
            os._exit(how)
        os.kill(os.getpid(), getattr(signal, how))
        time.sleep(10)


class Orphan:
    """Dies, and leaves a child behind that has everything it had."""

    def handle(self, args: dict[str, Any]) -> None:
        if os.fork() == 0:
            for fd in (0, 1, 2):
                os.close(fd)
            time.sleep(args["seconds"])
            os._exit(0)
        os._exit(7)


class DieSoon:
    """Returns so many bytes, and dies `after` seconds, whatever it is doing then."""

    def handle(self, args: dict[str, Any]) -> str:
        threading.Timer(args["after"], os._exit, [5]).start()
        return "x" * args["size"]


class Daemon:
    """Leaves a child in a session of its own, which has every connection that it had itself."""

    def handle(self, args: dict[str, Any]) -> int:
        child = os.fork()
        if child == 0:
            os.setsid()
            os.closerange(0, 3)
            time.sleep(args["seconds"])
            os._exit(0)
        return child


class Full:
    """Writes to a disk that has no room."""

    def handle(self, args: Any) -> None:
        Path("/dev/full").write_bytes(b"x")


class Awkward(Exception):
    def __init__(self, one: int, two: int) -> None:
        self.sum = one + two

    def __str__(self) -> str:
        raise RuntimeError("not even this")


class Fail:
    """`how`: which exception to raise."""

    def handle(self, args: dict[str, Any]) -> None:
        match args["how"]:
            case "value":
                raise ValueError("no such sku")
            case "chained":
                try:
                    raise KeyError("inner")
                except KeyError as inner:
                    raise ValueError("outer") from inner
            case "awkward":
                raise Awkward(1, 2)
            case "exit":
                raise SystemExit(3)
            case "interrupt":
                raise KeyboardInterrupt
            case "recursion":
                self.handle(args)
            case "group":
                raise BaseExceptionGroup("several", [ValueError("a"), KeyboardInterrupt()])


class Return:
    """`what`: a result that is not JSON, or large."""

    def handle(self, args: dict[str, Any]) -> Any:
        match args["what"]:
            case "set":
                return {1, 2}
            case "nan":
                return float("nan")
            case "loop":
                circle: list[Any] = []
                circle.append(circle)
                return circle
            case int(size):
                return "x" * size


class Count:
    """Yields 0 to `to`, notes in the file `progress` how far it has come, and returns the sum."""

    def handle(self, args: dict[str, Any]) -> Iterator[int]:
        for n in range(args["to"]):
            yield n
            _note(args.get("progress"), n)
        if args.get("fail"):
            raise ValueError("at the end")
        return sum(range(args["to"]))


class AsyncCount:
    async def handle(self, args: dict[str, Any]) -> AsyncIterator[int]:
        for n in range(args["to"]):
            await asyncio.sleep(0)
            yield n
            _note(args.get("progress"), n)


class Nest:
    """Spawns itself `depth` times into `pool`, each inside the other, and returns how it went at the bottom."""

    def handle(self, args: dict[str, Any]) -> str:
        if not args["depth"]:
            return "bottom"
        pools = args["pools"]
        inner = {**args, "depth": args["depth"] - 1, "pools": pools[1:] + pools[:1]}
        try:
            return str(spawn("Nest", inner, pool=pools[0]).result())
        except PoolSaturated:
            return "refused"


class Forget:
    """Spawns a long job and does not wait for it."""

    def handle(self, args: dict[str, Any]) -> None:
        spawn("Sleep", {"seconds": 60}, pool="inner")
        time.sleep(args.get("seconds", 0))


class Context:
    def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        scope = current_scope()
        found = {"request_id": scope.request_id, "traceparent": scope.traceparent, "left": deadline()}
        inner = args.get("inner")
        return {**found, "inner": spawn("Context", {}, pool=inner).result() if inner else None}


class Havoc:
    """Leaves the process in disorder: `what`."""

    def handle(self, args: dict[str, Any]) -> None:
        match args["what"]:
            case "print":
                print("noise" * 1000)
                os.write(1, b"\x00\x00\x00\x01" * 100)
                os.write(2, b"\xff" * 100)
            case "close_stdio":
                for fd in (0, 1, 2):
                    os.close(fd)
            case "close_all":
                os.closerange(3, 100)
            case "chdir":
                os.chdir("/")
            case "environ":
                os.environ["HAVOC"] = "1"
            case "umask":
                os.umask(0)
            case "stdout":
                sys.stdout = None  # type: ignore[assignment]
            case "signals":
                for number in range(34, 65):
                    signal.signal(number, signal.SIG_IGN)
                signal.pthread_sigmask(signal.SIG_BLOCK, range(34, 65))


class State:
    def handle(self, args: Any) -> dict[str, Any]:
        umask = os.umask(0)
        os.umask(umask)
        return {
            "cwd": str(Path.cwd()),
            "environ": os.environ.get("HAVOC"),
            "umask": umask,
            "stdout": sys.stdout is not None,
            "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        }


class NoHandle:
    pass


def _note(path: str | None, n: int) -> None:
    if path:
        Path(path).write_text(str(n))


def _touch(path: str | None) -> None:
    if path:
        Path(path).touch()
