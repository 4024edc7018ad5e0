"""A worker on one end of a socket pair, the broker's part played by hand."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.jobs import wire
from pogoproxy.jobs.classes import Classes
from pogoproxy.jobs.values import encode_json
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
    body = wire.pack_job(encode_json({"class": name, "args": args}))
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
def test_a_job_that_is_cancelled_before_it_began_is_returned(classes: Classes, name: str) -> None:
    (returned,) = answers(classes, job(7, name, 60) + wire.encode(Kind.CANCEL, 7) + DRAIN)
    assert returned == (Kind.RETURN, 7, b"")


def test_a_job_that_is_called_back_does_not_begin_and_the_others_keep_their_order(classes: Classes) -> None:
    jobs = b"".join(job(id, "Echo", id) for id in (7, 8, 9))
    said = answers(classes, jobs + wire.encode(Kind.RECALL, 8) + wire.encode(Kind.RECALL, 8) + DRAIN)
    assert [(frame.kind, frame.id) for frame in said] == [(Kind.RETURN, 8), (Kind.DONE, 7), (Kind.DONE, 9)]


def test_a_job_is_called_back_while_another_one_runs(classes: Classes) -> None:
    """The broker's word is heard in the middle of a job."""

    class CallBack:
        def handle(self, args: Any) -> str:
            broker.sendall(wire.encode(Kind.RECALL, 7) + wire.encode(Kind.RECALL, 8))
            return broker.recv(1 << 16).hex()

    sys.modules["workroom"].CallBack = type("CallBack", (CallBack,), {"__module__": "workroom"})  # type: ignore[attr-defined]
    broker, theirs = socket.socketpair()
    with broker, theirs:
        broker.settimeout(10)
        handlers = signal.getsignal(signal.SIGRTMIN + 7)
        broker.sendall(job(7, "CallBack", None) + job(8, "Echo", None) + DRAIN)
        Worker(theirs, 1 << 20, classes).run()
        signal.signal(signal.SIGRTMIN + 7, handlers)
        (done,) = FrameReader(1 << 20).feed(broker.recv(1 << 16))
    assert done.payload == b'\0{"ok":true,"result":"%s"}' % wire.encode(Kind.RETURN, 8).hex().encode()


def test_a_worker_that_cannot_be_put_in_order_gives_back_what_it_has_in_hand(classes: Classes, tmp_path: Path) -> None:
    class Remove:
        def handle(self, args: Any) -> None:
            Path.cwd().rmdir()

    sys.modules["workroom"].Remove = type("Remove", (Remove,), {"__module__": "workroom"})  # type: ignore[attr-defined]
    before = Path.cwd()
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    try:
        said = answers(classes, *[job(id, name, None) for id, name in ((7, "Remove"), (8, "Echo"), (9, "Echo"))], DRAIN)
    finally:
        os.chdir(before)
    assert [(frame.kind, frame.id) for frame in said] == [
        (Kind.RETURN, 0),
        (Kind.RETURN, 9),
        (Kind.RETURN, 8),
        (Kind.DONE, 7),
    ]


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
