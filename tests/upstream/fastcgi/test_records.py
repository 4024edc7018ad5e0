"""FastCGI records as bytes and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.upstream.fastcgi.records import Kind, Record, RecordReader, begin, end, ended, stream


def records(data: bytes) -> list[Record]:
    return list(RecordReader().feed(data))


def test_a_request_begins_as_the_specification_shows() -> None:
    found = begin([(b"SERVER_PORT", b"80"), (b"SERVER_ADDR", b"199.170.183.42")], keep=True)
    assert found == bytes.fromhex(
        "0101000100080000 0001010000000000"  # BEGIN_REQUEST: responder, keep the connection
        "01040001002a0600 0b02" + b"SERVER_PORT80".hex() + "0b0e" + b"SERVER_ADDR199.170.183.42".hex() + "00" * 6 +
        "0104000100000000"
    )  # fmt: skip


def test_long_values_have_long_lengths_and_as_many_records_as_they_need() -> None:
    value = b"x" * 200_000
    kinds = [record.kind for record in records(begin([(b"N", value)], keep=False))]
    assert kinds == [Kind.BEGIN_REQUEST, *[Kind.PARAMS] * 5]
    params = b"".join(record.content for record in records(begin([(b"N", value)], keep=False))[1:])
    assert params == b"\x01" + (len(value) | 1 << 31).to_bytes(4) + b"N" + value


@given(st.binary(max_size=200_000))
def test_a_stream_survives(data: bytes) -> None:
    found = records(stream(Kind.STDIN, data) + end(Kind.STDIN))
    assert b"".join(record.content for record in found) == data
    assert found[-1] == Record(Kind.STDIN, 1, b"")
    assert all(record.content for record in found[:-1])


RECORDS = st.lists(st.tuples(st.sampled_from(Kind), st.binary(min_size=1, max_size=50)), max_size=8)


@given(RECORDS, st.data())
def test_records_survive_any_cutting_of_the_stream(parts: list[tuple[Kind, bytes]], data: st.DataObject) -> None:
    text = b"".join(stream(kind, content) for kind, content in parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    reader, seen = RecordReader(), []
    for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True):
        seen += reader.feed(text[start:stop])
    assert seen == [Record(kind, 1, content) for kind, content in parts]


@given(st.binary(max_size=300))
def test_garbage_is_refused_or_waited_for(garbage: bytes) -> None:
    try:
        list(RecordReader().feed(garbage))
    except ValueError:
        assert garbage


def test_the_end_of_a_request() -> None:
    assert ended(bytes.fromhex("0000000703000000")) == (7, 3)
    with pytest.raises(ValueError, match="malformed END_REQUEST"):
        ended(b"short")
