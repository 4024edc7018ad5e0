"""A worker on one end of a socket pair, the broker's part played by hand."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from pogoproxy.jobs import wire
from pogoproxy.jobs.classes import Classes
from pogoproxy.jobs.wire import Frame, FrameReader, Kind, Outcome
from pogoproxy.jobs.worker import Worker


class Echo:
    def handle(self, args: Any) -> Any:
        return args


class Sleep:
    def handle(self, args: float) -> None:
        time.sleep(args)


class AsyncSleep:
    async def handle(self, args: float) -> None:
        import asyncio

        await asyncio.sleep(args)


class Count:
    def handle(self, args: int) -> Iterator[int]:
        yield from range(args)
        return args


@pytest.fixture
def classes() -> Iterator[Classes]:
    module = types.ModuleType("workroom")
    for job in (Echo, Sleep, AsyncSleep, Count):
        setattr(module, job.__name__, type(job.__name__, (job,), {"__module__": "workroom"}))
    sys.modules["workroom"] = module
    yield Classes("workroom")
    del sys.modules["workroom"]


def job(id: int, name: str, args: object, credit: int = 0) -> bytes:
    body = wire.pack_job(wire.encode_json({"class": name, "args": args}))
    return wire.encode(Kind.JOB, id, wire.pack_job_head(60_000, credit) + body)


def answers(classes: Classes, *writes: bytes) -> list[Frame]:
    """What a worker says to these writes, a drain included, in the time it takes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        handlers = signal.getsignal(signal.SIGRTMIN + 7)
        worker = Worker(theirs, 1 << 20, classes)
        for data in writes:
            ours.sendall(data)
        try:
            worker.run()
        finally:
            signal.signal(signal.SIGRTMIN + 7, handlers)
        theirs.shutdown(socket.SHUT_WR)
        reader, frames = FrameReader(1 << 20), []
        while data := ours.recv(1 << 16):
            frames += reader.feed(data)
    return frames


DRAIN = wire.encode(Kind.DRAIN, 0)


def test_a_job_is_answered_and_a_drain_ends_the_worker(classes: Classes) -> None:
    (done,) = answers(classes, job(7, "Echo", "ä") + DRAIN)
    assert done == (Kind.DONE, 7, b'\0{"ok":true,"result":"\xc3\xa4"}')


@pytest.mark.parametrize("name", ["Sleep", "AsyncSleep"])
def test_a_cancel_that_comes_in_one_read_with_its_job_is_not_lost(classes: Classes, name: str) -> None:
    begin = time.monotonic()
    (done,) = answers(classes, job(7, name, 60) + wire.encode(Kind.CANCEL, 7) + DRAIN)
    assert done.payload[0] == Outcome.ERROR
    assert time.monotonic() - begin < 5


def test_a_cancel_of_another_job_is_ignored(classes: Classes) -> None:
    (done,) = answers(
        classes, wire.encode(Kind.CANCEL, 6) + job(7, "Sleep", 0.01) + wire.encode(Kind.CANCEL, 8) + DRAIN
    )
    assert done.payload[0] == Outcome.DONE


def test_credit_that_comes_in_one_read_with_its_job_counts(classes: Classes) -> None:
    more = wire.encode(Kind.CREDIT, 7, wire.pack_credit(10))
    *parts, done = answers(classes, job(7, "Count", 11, credit=1) + more + DRAIN)
    assert [(part.kind, part.payload) for part in parts] == [(Kind.YIELD, b"%d" % n) for n in range(11)]
    assert done.payload == b'\0{"ok":true,"result":11}'


def test_the_end_of_the_connection_ends_job_and_worker(classes: Classes) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        handlers = signal.getsignal(signal.SIGRTMIN + 7)
        worker = Worker(theirs, 1 << 20, classes)
        ours.sendall(job(7, "Sleep", 60))
        ours.close()
        begin = time.monotonic()
        worker.run()
        signal.signal(signal.SIGRTMIN + 7, handlers)
    assert time.monotonic() - begin < 5


def test_a_job_s_signals_and_children_do_not_disturb_it(classes: Classes) -> None:
    """A signal without news, as a child that inherited the socket may cause."""

    class Poke:
        def handle(self, args: Any) -> str:
            for _ in range(100):
                os.kill(os.getpid(), signal.SIGRTMIN + 7)
            return "unharmed"

    sys.modules["workroom"].Poke = type("Poke", (Poke,), {"__module__": "workroom"})  # type: ignore[attr-defined]
    (done,) = answers(classes, job(7, "Poke", None) + DRAIN)
    assert done.payload == b'\0{"ok":true,"result":"unharmed"}'
