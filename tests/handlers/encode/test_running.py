"""`encode` at work: streams, heads, tags, what is left alone."""

from __future__ import annotations

import zlib

import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.http.accept_encoding import accepted
from tests.exchanges import answer, make

TEXT = "0123456789" * 100
GZIP = {"handler": "encode", "encodings": {"gzip": {}}}
ACCEPT = [(b"Accept-Encoding", b"gzip")]


def static(**fields):
    return {"handler": "static_response", "body": TEXT, **fields}


async def begun(handler=GZIP, **more):
    """An exchange that `encode` has passed, and the recorder of its answer."""
    exchange, recorder = make(headers=list(ACCEPT), **more)
    await answer([handler], exchange)
    return exchange.writer, recorder


async def test_a_body_in_one_piece_has_a_length_again():
    exchange, recorder = make(headers=list(ACCEPT))
    await answer([GZIP, static()], exchange)
    assert recorder.length == len(recorder.body)
    assert zlib.decompress(recorder.body, 31).decode() == TEXT
    assert (b"Content-Encoding", b"gzip") in recorder.headers


async def test_a_body_in_pieces_is_one_frame():
    writer, recorder = await begun()
    await writer.start(200, [(b"Content-Type", b"text/plain")], 2000)
    for _ in range(2):
        await writer.write(TEXT.encode())
    await writer.finish([(b"X-End", b"1")])
    assert recorder.length is None
    assert zlib.decompress(recorder.body, 31).decode() == TEXT * 2
    assert recorder.trailers == [(b"X-End", b"1")]


async def test_pieces_of_a_stream_reach_the_client_at_once():
    writer, recorder = await begun()
    await writer.start(200, [(b"Content-Type", b"text/plain")], None)
    await writer.write(TEXT.encode())
    assert zlib.decompressobj(31).decompress(recorder.body).decode() == TEXT


async def test_events_are_encoded_from_the_first_though_short_and_their_head_does_not_wait():
    writer, recorder = await begun()
    await writer.start(200, [(b"Content-Type", b"text/event-stream; charset=utf-8")], None)
    assert (b"Content-Encoding", b"gzip") in recorder.headers
    await writer.write(b"data: 1\n\n")
    assert zlib.decompressobj(31).decompress(recorder.body) == b"data: 1\n\n"


async def test_a_stream_that_begins_with_a_short_piece_is_left_alone():
    writer, recorder = await begun()
    await writer.start(200, [(b"Content-Type", b"text/plain")], None)
    await writer.write(b"short")
    await writer.write(TEXT.encode())
    await writer.finish()
    assert recorder.body == b"short" + TEXT.encode()


async def test_nothing_is_encoded_twice():
    exchange, recorder = make(headers=list(ACCEPT))
    await answer([GZIP, GZIP, static()], exchange)
    assert [value for name, value in recorder.headers if name == b"Content-Encoding"] == [b"gzip"]
    assert zlib.decompress(recorder.body, 31).decode() == TEXT


async def test_the_answer_to_head_has_the_fields_of_a_get():
    writer, recorder = await begun(method="HEAD")
    await writer.start(200, [(b"Content-Type", b"text/plain")], 1000)
    await writer.finish()
    assert (b"Content-Encoding", b"gzip") in recorder.headers


async def test_an_answer_that_ends_short_does_not_look_whole():
    writer, recorder = await begun()
    await writer.start(200, [(b"Content-Type", b"text/plain")], 1000)
    await writer.finish()
    assert recorder.length == 1000


async def test_a_tag_of_ours_is_taken_back_before_who_made_it_sees_it():
    exchange, _ = make(headers=[*ACCEPT, (b"If-None-Match", b'"x-gzip"')])
    await answer([GZIP, static()], exchange)
    assert (b"If-None-Match", b'"x"') in exchange.headers


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (b"gzip, zstd", ["zstd", "gzip"]),
        (b"gzip;q=1, zstd;q=0.5", ["gzip", "zstd"]),
        (b"zstd;q=0, gzip;q=0.000001", []),
        (b"br, identity", []),
        (b"", []),
    ],
)
def test_the_clients_favourite_comes_first(header, chosen):
    assert accepted([(b"accept-encoding", header)], ("zstd", "gzip")) == chosen


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"encodings": {"gzip": {"level": 10}}}, "quality too high; must be from 1 to 9"),
        ({"encodings": {"zstd": {"level": "fast"}}}, "unexpected compression level"),
        ({"encodings": {"br": {"quality": 12}}}, "quality must be from 0 to 11"),
        ({"encodings": {"lzma": {}}}, "unknown module: http.encoders.lzma"),
        ({"encodings": {"gzip": {"x": 1}}}, "unknown field `x`"),
        ({"encodings": {"gzip": {}}, "prefer": ["br"]}, "encoding br not enabled"),
        ({"encodings": {"gzip": {}}, "prefer": ["gzip", "gzip"]}, "encoding gzip is duplicated"),
    ],
)
async def test_what_cannot_run_is_refused(fields, message):
    exchange, _ = make()
    with pytest.raises(ConfigError, match=message):
        await answer([{"handler": "encode", **fields}], exchange)


@pytest.mark.parametrize("name", ["gzip", "zstd", "br"])
async def test_each_format_makes_a_body_smaller(name):
    exchange, recorder = make(headers=[(b"Accept-Encoding", name.encode())])
    await answer([{"handler": "encode", "encodings": {name: {}}}, static()], exchange)
    assert (b"Content-Encoding", name.encode()) in recorder.headers
    assert len(recorder.body) < 100
