"""Jobs, well and ill behaved."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from logging import StreamHandler  # noqa: F401 - a class with `handle` that is not ours to run
from pathlib import Path
from typing import Any


class Echo:
    def handle(self, args: Any) -> Any:
        return args


class Pid:
    def handle(self, args: Any) -> int:
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


class NoHandle:
    pass


def _touch(path: str | None) -> None:
    if path:
        Path(path).touch()
