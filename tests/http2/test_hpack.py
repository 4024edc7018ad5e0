"""HPACK, against the `hpack` library as the other side, and against what attackers send."""

from __future__ import annotations

import hpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pogoproxy.errors import HandlerError
from pogoproxy.http2.codes import Code, ConnectionFault
from pogoproxy.http2.hpack_decoder import Decoder
from pogoproxy.http2.hpack_encoder import Encoder

NAMES = st.sampled_from([b":status", b":path", b"date", b"x-a", b"cookie", b"etag", b"server", b"x-long-name"])
VALUES = st.sampled_from([b"", b"200", b"/", b"a" * 300, b"b" * 1100]) | st.binary(max_size=40)
LISTS = st.lists(st.lists(st.tuples(NAMES, VALUES), max_size=12), max_size=12)


def decode(decoder: Decoder, block: bytes) -> list[tuple[bytes, bytes]]:
    return decoder.decode(block, bytes_at_most=65536, fields_at_most=1000)


def refused(block: bytes) -> Code:
    with pytest.raises(ConnectionFault) as caught:
        decode(Decoder(), block)
    return caught.value.code


@given(LISTS, st.lists(st.integers(0, 8192), max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_we_write_the_other_library_reads(lists, sizes):
    encoder, theirs = Encoder(), hpack.Decoder(max_header_list_size=10**6)
    for fields in lists:
        if sizes:
            size = sizes.pop()
            encoder.resize(size)
            theirs.max_allowed_table_size = size
        assert [tuple(pair) for pair in theirs.decode(encoder.encode(fields), raw=True)] == fields


@given(LISTS, st.booleans(), st.lists(st.sampled_from([0, 100, 4096]), max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_the_other_library_writes_we_read(lists, huffman, sizes):
    theirs, decoder = hpack.Encoder(), Decoder()
    for fields in lists:
        if sizes:
            theirs.header_table_size = sizes.pop()
        assert decode(decoder, theirs.encode(fields, huffman=huffman)) == fields


@given(st.lists(st.binary(max_size=60), max_size=6))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_fields_or_a_fault(blocks):
    decoder = Decoder()
    for block in blocks:
        try:
            decode(decoder, block)
        except ConnectionFault as fault:
            assert fault.code is Code.COMPRESSION_ERROR
            return


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_every_byte_has_its_huffman_code(text):
    theirs = hpack.Encoder()
    assert decode(Decoder(), theirs.encode([(b"a", text)], huffman=True)) == [(b"a", text)]


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"\x80", id="index 0"),
        pytest.param(b"\xbe", id="index beyond the table"),
        pytest.param(b"\x7f\x00\x01a", id="name index beyond the table"),
        pytest.param(b"\x82\x20", id="resize at the end"),
        pytest.param(b"\x3f\xe2\x1f", id="resize beyond what was allowed"),
        pytest.param(b"\xff" + b"\x80" * 20 + b"\x01", id="number without end"),
        pytest.param(b"\xff\xff\xff\xff\xff\xff\x7f", id="number too large"),
        pytest.param(b"\x40", id="ends before the name"),
        pytest.param(b"\x40\x01a\x05b", id="ends inside the value"),
        pytest.param(b"\x00\x01a\x84\xff\xff\xff\xfc", id="Huffman with EOS"),
        pytest.param(b"\x00\x01a\x82\x1f\xff", id="Huffman with eight bits of padding"),
        pytest.param(b"\x00\x01a\x81\x00", id="Huffman padded with zeros"),
    ],
)
def test_broken_blocks_are_compression_errors(block):
    assert refused(block) is Code.COMPRESSION_ERROR


def test_a_bomb_of_references_is_not_kept_and_the_table_stays_in_step():
    decoder = Decoder()
    decode(decoder, b"\x40\x01a\x7f\x8d\x1e" + b"x" * 3980)
    with pytest.raises(HandlerError) as caught:
        decode(decoder, b"\xbe" * 16000 + b"\x40\x01b\x01c")
    assert caught.value.status == 431
    assert decode(decoder, b"\xbe") == [(b"b", b"c")]


def test_a_bomb_of_empty_fields_is_bounded_by_their_number():
    with pytest.raises(HandlerError):
        Decoder().decode(b"\0\0\0" * 2000, bytes_at_most=65536, fields_at_most=128)


def test_secrets_are_never_indexed():
    encoder = Encoder()
    blocks = [encoder.encode([(b"authorization", b"secret")]) for _ in range(2)]
    assert blocks[0] == blocks[1]
    assert blocks[0][0] & 0xF0 == 0x10


def test_a_repeated_field_is_one_byte():
    encoder = Encoder()
    encoder.encode([(b"x-a", b"b")])
    assert encoder.encode([(b"x-a", b"b")]) == b"\xbe"
