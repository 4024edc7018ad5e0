"""From Caddy's native JSON, or the same in YAML, to structs. Guests stay raw.

A mistake bears its path (`apps.http.servers.srv0.routes[0]`) and, where the text came from a file, its line.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

from ..errors import ConfigError, Span
from .place import Path, shown, span_of
from .root import Config

__all__ = ["Config", "load", "load_yaml"]

MOST_NODES = 1_000_000
"""Values in a YAML text with its aliases written out, so that a few lines cannot stand for billions."""

ID_KEY = "@id"

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN_FIELD = re.compile(r"unknown field `(.*)`")
_BYTE = re.compile(r"\(byte (\d+)\)")


def load(text: bytes, file: str = "") -> Config:
    """Decode JSON; ConfigError if it is malformed, or says something that no configuration has."""
    try:
        if ID_KEY.encode() in text:
            return _converted(msgspec.json.decode(text))
        return msgspec.json.decode(text, type=Config)
    except msgspec.ValidationError as invalid:
        raise _explained(invalid, text, file) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as malformed:
        raise _malformed(malformed, text, file) from None


def load_yaml(text: str, file: str = "") -> Config:
    """The same for YAML."""
    try:
        value = yaml.safe_load(text) or {}
        refuse_explosion(value)
        return _converted(value)
    except msgspec.ValidationError as wrong:
        raise _invalid(wrong, without_ids(value), text, file) from None
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        span = Span(file, mark.line + 1, mark.column + 1) if mark and file else None
        raise ConfigError(f"not a configuration in YAML: {wrong.problem}", span) from None
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as wrong:
        raise ConfigError(f"not a configuration in YAML: {wrong}") from None


def _converted(value: Any) -> Config:
    return msgspec.json.decode(msgspec.json.encode(without_ids(value)), type=Config)


def without_ids(value: Any) -> Any:
    """The value without the `@id` keys, which name objects for the admin API and may stand in any of them."""
    if isinstance(value, dict):
        return {key: without_ids(part) for key, part in value.items() if key != ID_KEY}
    return [without_ids(part) for part in value] if isinstance(value, list) else value


def refuse_explosion(value: object) -> None:
    """ConfigError if a value would be too large with its aliases written out."""
    sizes: dict[int, int] = {}

    def size(part: object) -> int:
        if not isinstance(part, dict | list):
            return 1
        if id(part) not in sizes:
            sizes[id(part)] = MOST_NODES  # for a value that contains itself
            sizes[id(part)] = 1 + sum(map(size, part.values() if isinstance(part, dict) else part))
        return sizes[id(part)]

    if size(value) > MOST_NODES:
        raise ConfigError(f"more than {MOST_NODES} values, with the aliases written out")


def _explained(invalid: msgspec.ValidationError, text: bytes, file: str) -> ConfigError:
    try:
        return _invalid(invalid, without_ids(msgspec.json.decode(text)), text.decode(), file)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as malformed:  # behind the first mistake
        return _malformed(malformed, text, file)


def _invalid(wrong: Exception, value: Any, text: str, file: str) -> ConfigError:
    message, _, place = str(wrong).partition(" - at `")
    path = _resolved(place, value, message)
    field = _UNKNOWN_FIELD.search(message)
    span = span_of(text, (*path, field[1]) if field else path, file) if file else None
    return ConfigError(message, span, path=shown(path) or None)


def _resolved(place: str, value: Any, message: str) -> Path:
    """The path as a list, with the keys that msgspec leaves out (`servers[...]`) found by trying them."""
    path: Path = ()
    for name, number in _STEP.findall(place.rstrip("`")):
        if number == "...":
            key = _culprit(value, path, message)
            if key is None:
                break
            path = (*path, key)
        else:
            path = (*path, name or int(number))
    return path


def _culprit(value: Any, path: Path, message: str) -> str | None:
    table = value
    for step in path:
        table = table[step]
    for key in table:
        try:
            msgspec.convert(_with_only(value, path, key), Config)
        except msgspec.ValidationError as wrong:
            if str(wrong).startswith(message):
                return str(key)
    return None


def _with_only(value: Any, path: Path, key: str) -> Any:
    """A copy of the value whose table at the path has this key alone."""
    if not path:
        return {key: value[key]}
    first, *rest = path
    copy = value.copy()
    copy[first] = _with_only(value[first], tuple(rest), key)
    return copy


def _malformed(wrong: Exception, text: bytes, file: str) -> ConfigError:
    at = _BYTE.search(str(wrong))
    if not at or not file:
        return ConfigError(str(wrong))
    before = text[: int(at[1])]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode(errors="replace")) + 1
    return ConfigError(str(wrong), Span(file, before.count(b"\n") + 1, column))
