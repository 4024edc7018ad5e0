"""Structs → JSON, in the two key orders that Caddy's output has.

A struct keeps the order of its fields. An object that names its module by an inline key (`handler`, `module` …)
passes through a generic map in Caddy, so its keys are sorted, at every depth.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..module import Module, OpenHandler

_INDENT = re.compile(rb"^ +", re.MULTILINE)
_ESCAPES = {
    b"<": rb"\u003c",
    b">": rb"\u003e",
    b"&": rb"\u0026",
    "\u2028".encode(): rb"\u2028",
    "\u2029".encode(): rb"\u2029",
}


def plain(value: object) -> msgspec.Raw:
    """A value in the order of its fields."""
    return msgspec.Raw(msgspec.json.encode(value))


def module_object(module: Module) -> msgspec.Raw:
    """A guest module, with all keys in it sorted; what is raw inside is decoded for that."""
    shown = module.as_object() if isinstance(module, OpenHandler) else module
    return msgspec.Raw(msgspec.json.encode(decoded(plain(shown)), order="sorted"))


def text(config: object, *, pretty: bool = False) -> bytes:
    """The bytes that Caddy prints: compact or indented by tabs, and safe to stand in HTML."""
    encoded = config if isinstance(config, msgspec.Raw) else plain(config)
    return _escaped(indented(bytes(encoded)) if pretty else bytes(encoded))


def indented(encoded: bytes) -> bytes:
    """The same JSON with a tab for each level."""
    return _INDENT.sub(lambda spaces: b"\t" * len(spaces[0]), msgspec.json.format(encoded, indent=1))


def _escaped(encoded: bytes) -> bytes:
    # These characters occur in strings only, so the whole text may be replaced in at once.
    for character, escape in _ESCAPES.items():
        encoded = encoded.replace(character, escape)
    return encoded


def decoded(raw: msgspec.Raw) -> Any:
    """The value of a raw piece, for decisions that look into it."""
    return msgspec.json.decode(raw)
