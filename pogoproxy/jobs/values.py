"""Arguments and results: values as JSON in bytes, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def encode_json(value: Any) -> bytes:
    """JSON as RFC 8259 has it: no NaN; ValueError, TypeError or RecursionError if the value has no such form."""
    return _encode(value).encode()


def decode_json(data: bytes) -> Any:
    """The inverse of `encode_json`; ValueError, RecursionError."""
    text = data.decode()
    try:
        value, end = _scan(text)
    except ValueError:
        return _decode(text)
    return value if end == len(text) else _decode(text)


def _make_encoder() -> Callable[[Any], str]:
    plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    # `JSONEncoder.encode` makes one of these for each value, in three times the time that a small value takes.
    pieces = make(None, plain.default, json.encoder.encode_basestring, None, ":", ",", False, False, False)
    return lambda value: "".join(pieces(value, 0))


_encode = _make_encoder()
_decode = json.JSONDecoder().decode
_scan = json.JSONDecoder().raw_decode  # takes no blanks before the value, and half the time
