"""Encoders around another one: fields added (`append`), fields changed (`filter`), a priority in front (`journald`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..http.placeholders import global_value
from .encoders import Encoder, Entry
from .field_filters import FieldFilter

_OWN = frozenset({"level", "ts", "logger", "msg"})
"""What filters cannot change, as in Caddy."""

_PRIORITIES = {"debug": b"<7>", "info": b"<6>", "warn": b"<4>", "error": b"<3>"}
_CRITICAL = b"<2>"
"""sd-daemon(3)."""


def appending(fields: Mapping[str, Any], encode: Encoder) -> Encoder:
    """With these fields in each entry; a text that is one placeholder is its value."""
    made = [(name, _value(value)) for name, value in fields.items()]
    return lambda entry: encode({**entry, **{name: value() for name, value in made}})


def _value(value: Any) -> Callable[[], Any]:
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        name = value.strip("{}")
        return lambda: global_value(name)
    return lambda: value


def before_journald(encode: Encoder) -> Encoder:
    """With the priority that journald reads."""
    return lambda entry: _PRIORITIES.get(entry["level"], _CRITICAL) + encode(entry)


def filtering(filters: Mapping[str, FieldFilter], encode: Encoder) -> Encoder:
    """With filters by field; `request>headers>Cookie` is a field within others."""
    paths = [(tuple(name.split(">")), change) for name, change in filters.items()]
    paths = [(path, change) for path, change in paths if path[0] not in _OWN or len(path) > 1]

    def encode_filtered(entry: Entry) -> bytes:
        for path, change in paths:
            entry = _changed(entry, path, change)
        return encode(entry)

    return encode_filtered


def _changed(fields: Entry, path: tuple[str, ...], change: FieldFilter) -> Entry:
    """A copy with the one field changed; what is not on the way to it is shared, since other logs show it, too."""
    name, *rest = path
    if name not in fields:
        return fields
    value = fields[name]
    if rest:
        return {**fields, name: _changed(value, tuple(rest), change)} if isinstance(value, dict) else fields
    shown = change(name, value)
    return dict(pair for key, old in fields.items() for pair in (shown if key == name else [(key, old)]))
