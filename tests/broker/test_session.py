"""Peers that speak nonsense, or nothing, or listen to nothing: cut off, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pogoproxy import spawn
from pogoproxy.broker import session as session_module
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.server import Broker
from pogoproxy.jobs import wire
from pogoproxy.jobs.wire import FrameReader, Kind, Outcome, Spawn
from pogoproxy.net import private

Farm = Any
HELLO = wire.encode(Kind.HELLO, 0, b'{"version":1,"role":"caller"}')


@contextlib.contextmanager
def connection(farm: Farm, hello: bytes = HELLO) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(10)
        peer.connect(farm.path)
        peer.sendall(hello)
        yield peer


def welcome(peer: socket.socket) -> dict[str, Any]:
    head = peer.recv(wire.HEAD_SIZE, socket.MSG_WAITALL)
    length, kind, _ = wire.decode_head(head)
    assert kind == Kind.WELCOME
    found: dict[str, Any] = json.loads(peer.recv(length, socket.MSG_WAITALL))
    return found


def is_cut_off(peer: socket.socket) -> bool:
    try:
        while peer.recv(1 << 16):
            pass
    except ConnectionResetError:
        return True
    return True


NONSENSE = {
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100a5010000a1"),
    "no hello first": wire.encode(Kind.SPAWN, 1, b""),
    "a hello that is no JSON": wire.encode(Kind.HELLO, 0, b"hello"),
    "a hello of a later version": wire.encode(Kind.HELLO, 0, b'{"version":2}'),
    "a hello beyond its limit": wire.encode(Kind.HELLO, 0, b" " * 9000),
    "a worker without the secret": wire.encode(
        Kind.HELLO, 0, b'{"version":1,"role":"worker","pool":"default","secret":"guess"}'
    ),
    "a worker of an unknown pool": wire.encode(
        Kind.HELLO, 0, b'{"version":1,"role":"worker","pool":"nowhere","secret":"s"}'
    ),
    "a worker with a million slots": wire.encode(
        Kind.HELLO, 0, b'{"version":1,"role":"worker","pool":"default","secret":"s","slots":1000000}'
    ),
    "a second hello": HELLO + HELLO,
    "an unknown kind": HELLO + wire.encode(99, 0),
    "a frame only workers send": HELLO + wire.encode(Kind.DONE, 1, b"\0{}"),
    "a malformed spawn": HELLO + wire.encode(Kind.SPAWN, (1 << 32) + 1, b"?"),
    "another connection's id": HELLO + wire.encode(Kind.SPAWN, 5, wire.pack_spawn(Spawn("", wire.pack_job(b"{}")))),
    "a payload beyond the limit": HELLO + wire.encode_head(Kind.SPAWN, 1, 1 << 31),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_cut_off_and_hurts_nobody(farm: Callable[..., Farm], what: str) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    task = spawn("Sleep", {"seconds": 0.05})
    with connection(farmed, NONSENSE[what]) as peer:
        assert is_cut_off(peer)
    assert task.result(timeout=5)
    farmed.until(farmed.is_at_rest)


def test_a_peer_that_says_no_hello_is_cut_off(farm: Callable[..., Farm], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "HELLO_TIMEOUT", 0.1)
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    with connection(farmed, HELLO[:5]) as peer:
        assert is_cut_off(peer)


def test_the_version_that_the_broker_speaks_is_named(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    with connection(farmed, NONSENSE["a hello of a later version"]) as peer:
        assert welcome(peer) == {"version": 1, "error": "unsupported protocol version"}


def test_a_worker_that_answers_what_it_does_not_hold_is_killed(farm: Callable[..., Farm]) -> None:
    """It would be this very process, so that the kill is only written down."""
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    killed: list[int] = []
    farmed.broker.staff.kill = lambda pid, reason: killed.append(pid)
    hello = wire.encode(Kind.HELLO, 0, b'{"version":1,"role":"worker","pool":"default","secret":"s"}')
    with connection(farmed, hello) as peer:
        assert welcome(peer)["version"] == 1
        peer.sendall(wire.encode(Kind.DONE, 7, wire.pack_outcome(Outcome.DONE, b"{}")))
        assert is_cut_off(peer)
    farmed.until(lambda: killed == [os.getpid()])


def test_frames_may_come_byte_by_byte(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    with connection(farmed) as peer:
        number = welcome(peer)["connection"]
        job = wire.pack_job(b'{"class":"Echo","args":7}')
        id = (number << 32) + 1
        for byte in wire.encode(Kind.SPAWN, id, wire.pack_spawn(Spawn("default", job))):
            peer.sendall(bytes((byte,)))
        reader, frames = FrameReader(1 << 20), []
        while not frames:
            frames = reader.feed(peer.recv(3))
    assert frames == [(Kind.RESULT, id, b'\0{"ok":true,"result":7}')]


def test_a_caller_that_reads_nothing_is_cut_off_before_it_fills_the_memory(
    farm: Callable[..., Farm], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "MAX_BACKLOG", 1 << 20)
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    with connection(farmed) as peer:
        number = welcome(peer)["connection"]
        job = wire.pack_job(b'{"class":"Return","args":{"what":200000}}')
        for n in range(1, 21):
            peer.sendall(wire.encode(Kind.SPAWN, (number << 32) + n, wire.pack_spawn(Spawn("default", job))))
        farmed.until(lambda: number not in farmed.broker.callers)
    assert spawn("Echo", 1).result(timeout=5) == 1
    farmed.until(farmed.is_at_rest)


def test_large_payloads_do_not_stall_small_jobs(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=2, secret="s"))
    large = [spawn("Echo", "x" * (8 << 20)) for _ in range(2)]
    begin = time.monotonic()
    assert spawn("Echo", 1, pool="default").result(timeout=10) == 1
    assert time.monotonic() - begin < 5
    assert all(len(task.result(timeout=10)) == 8 << 20 for task in large)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1 << 34), st.binary(max_size=30)), max_size=5))
def test_no_frames_of_a_stranger_make_the_broker_stumble(frames: list[tuple[int, int, bytes]]) -> None:
    """Any frames after a hello either pass or cut the connection; no other exception comes out of the core."""
    from pogoproxy.broker.server import Broker

    broker = Broker([PoolPlan(name="default", slots=1, secret="s")])
    session = session_module.Session(broker, 1)
    broker.core.open_caller(1)
    session._handle = session._from_caller
    for kind, id, payload in frames:
        with contextlib.suppress(wire.WireError):
            session._from_caller(wire.Frame(kind, id, payload), 0.0)


async def test_a_worker_that_has_just_hung_up_gets_no_job(short_path: Path) -> None:
    """Its end and a spawn are seen in one turn of the loop; the spawn is for the next worker."""
    broker = Broker([PoolPlan(name="default", slots=1, secret="s")])
    await broker.serve(private(short_path / "broker.sock"))
    loop = asyncio.get_running_loop()
    worker = {"role": "worker", "pool": "default", "secret": "s"}
    with contextlib.ExitStack() as stack:

        async def joined(hello: dict[str, Any], until: Kind) -> socket.socket:
            peer = stack.enter_context(socket.socket(socket.AF_UNIX))
            peer.setblocking(False)
            await loop.sock_connect(peer, str(short_path / "broker.sock"))
            await loop.sock_sendall(peer, wire.encode(Kind.HELLO, 0, json.dumps({"version": 1, **hello}).encode()))
            reader, kinds = FrameReader(1 << 16), list[int]()
            while until not in kinds:
                data = await asyncio.wait_for(loop.sock_recv(peer, 4096), 10)
                kinds += [frame.kind for frame in reader.feed(data)]
            return peer

        first, caller = await joined(worker, Kind.WELCOME), await joined({"role": "caller"}, Kind.WELCOME)
        first.close()
        job = wire.pack_job(b'{"class":"Any","args":{}}')
        caller.send(wire.encode(Kind.SPAWN, (2 << 32) + 1, wire.pack_spawn(Spawn("default", job))))
        await joined(worker, Kind.JOB)
    await broker.close()
