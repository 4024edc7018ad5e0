"""Frames, as bytes and back, by the vectors that every client in any language must pass, and by properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.jobs import wire
from pogoproxy.jobs.wire import Frame, FrameReader, Kind, Outcome, Spawn, WireError

VECTORS = Path(__file__).parent.parent / "wire"


def vectors(name: str) -> list[Any]:
    cases: list[Any] = json.loads((VECTORS / f"{name}.json").read_text())
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", vectors("frames"))
def test_a_frame_has_the_documented_bytes(case: dict[str, Any]) -> None:
    payload = bytes.fromhex(case["payload"])
    data = bytes.fromhex(case["bytes"])
    assert wire.encode(Kind[case["kind"]], int(case["id"]), payload) == data
    assert FrameReader(1 << 20).feed(data) == [Frame(Kind[case["kind"]], int(case["id"]), payload)]


@pytest.mark.parametrize("case", vectors("payloads"))
def test_a_payload_has_the_documented_bytes(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bytes"])
    value = case["value"]
    match case["kind"]:
        case "SPAWN":
            job = wire.pack_job(value["job"].encode(), value["context"].encode())
            spawn = Spawn(value["pool"], job, value["remaining_ms"], int(value["parent"]), value["credit"])
            assert wire.pack_spawn(spawn) == data
            assert wire.unpack_spawn(data) == spawn
        case "JOB":
            job = wire.unpack_job(data)
            assert job.body.decode() == value["job"]
            assert job.context.decode() == value["context"]
            assert (job.remaining, job.credit) == (value["remaining_ms"], value["credit"])
        case "RESULT" | "DONE":
            assert wire.pack_outcome(Outcome[value["outcome"]], value["body"].encode()) == data
            assert wire.unpack_outcome(data) == (Outcome[value["outcome"]], value["body"].encode())
        case "TIMED_RESULT":
            outcome, body = Outcome[value["outcome"]], value["body"].encode()
            waited, ran = value["waited_us"] / 1e6, value["ran_us"] / 1e6
            assert wire.encode_timed_result_head(1, outcome, waited, ran, len(body))[wire.HEAD_SIZE :] + body == data
            assert wire.unpack_timed_result(data) == (outcome, body, waited, ran)
        case "CREDIT":
            assert wire.pack_credit(value["more"]) == data
            assert wire.unpack_credit(data) == value["more"]


@pytest.mark.parametrize("case", vectors("malformed"))
def test_a_malformed_payload_is_refused(case: dict[str, Any]) -> None:
    read: Any = {
        "SPAWN": wire.unpack_spawn,
        "JOB": wire.unpack_job,
        "RESULT": wire.unpack_outcome,
        "TIMED_RESULT": wire.unpack_timed_result,
        "CREDIT": wire.unpack_credit,
        "HELLO": wire.decode_object,
    }[case["kind"]]
    with pytest.raises(WireError):
        read(bytes.fromhex(case["bytes"]))


FRAMES = st.lists(
    st.builds(Frame, st.integers(0, 255), st.integers(0, (1 << 64) - 1), st.binary(max_size=40)), max_size=8
)


@given(FRAMES, st.data())
def test_frames_survive_any_cutting_of_the_stream(frames: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(wire.encode(*frame) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    reader, seen = FrameReader(40), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        seen += reader.feed(stream[start:end])
    assert seen == frames


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_waited_for_but_never_crashes(garbage: bytes) -> None:
    reader = FrameReader(64)
    try:
        for frame in reader.feed(garbage):
            for read in (wire.unpack_spawn, wire.unpack_job, wire.unpack_outcome, wire.decode_object):
                try:
                    read(frame.payload)
                except WireError:
                    continue
    except WireError:
        pass


def test_an_http_request_is_over_any_limit() -> None:
    with pytest.raises(WireError, match="over the limit"):
        FrameReader(1 << 24).feed(b"GET / HTTP/1.1\r\n\r\n")


@given(st.text(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_a_spawn_becomes_the_job_that_was_packed(pool: str, context: bytes, body: bytes) -> None:
    spawn = Spawn(pool, wire.pack_job(body, context), 5, 6, 7)
    arrived = wire.unpack_spawn(wire.pack_spawn(spawn))
    assert arrived == spawn
    job = wire.unpack_job(wire.pack_job_head(5, 7) + arrived.job)
    assert (job.body, job.context, job.remaining, job.credit) == (body, context, 5, 7)
    assert wire.job_body(arrived.job) == body
