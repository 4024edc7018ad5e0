"""Placeholders, `{http.request.uri}` and the like, compiled once to closures.

A placeholder runs from an unescaped `{` to the first unescaped `}`; `\\{` and `\\}` are literal braces, other
backslashes stay, an unclosed brace is literal, and what was put in is not scanned again (Caddy's replacer).
What the names mean for a request is in `request_placeholders`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ..errors import ConfigError
from .exchange import Exchange
from .request_placeholders import Getter, getter, text_getter

Template = Callable[[Exchange], str]


@dataclass(frozen=True, slots=True)
class Name:
    """A placeholder: what stands between the braces."""

    text: str


def parse(text: str, *, keep_unknown: bool = False) -> list[str | Name]:
    """Cut a text into literal pieces and names.

    With `keep_unknown` a brace before another one is literal, as in Caddy's replacement of known placeholders
    only, where scanning resumes one character after an unknown one began.
    """
    parts: list[str | Name] = []
    literal: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in ("{", "}"):
            literal.append(text[at + 1])
            at += 2
        elif char == "{" and (end := _closing(text, at + 1)) > 0 and not (keep_unknown and "{" in text[at + 1 : end]):
            if literal:
                parts.append("".join(literal))
                literal = []
            parts.append(Name(text[at + 1 : end]))
            at = end + 1
        else:
            literal.append(char)
            at += 1
    if literal:
        parts.append("".join(literal))
    return parts


def _closing(text: str, start: int) -> int:
    end = text.find("}", start)
    while end > 0 and text[end - 1] == "\\":
        end = text.find("}", end + 1)
    return end


def has_placeholders(text: str) -> bool:
    """Whether the text differs from request to request."""
    return "{" in text and any(isinstance(part, Name) for part in parse(text))


def template(text: str, *, keep_unknown: bool = False) -> Template:
    """A function from exchange to text; an unknown placeholder becomes nothing, or stays with `keep_unknown`."""
    parts = parse(text, keep_unknown=keep_unknown) if "{" in text or "\\" in text else [text]
    pieces = [_piece(part, keep_unknown) for part in parts]
    match pieces:
        case []:
            return lambda _: ""
        case [str(constant)]:
            return lambda _: constant
        case [only] if callable(only):
            return only
        case _:
            return _joined(pieces)


def _joined(pieces: list[str | Template]) -> Template:
    def fill(exchange: Exchange) -> str:
        return "".join([piece if isinstance(piece, str) else piece(exchange) for piece in pieces])

    return fill


def _piece(part: str | Name, keep_unknown: bool) -> str | Template:
    if isinstance(part, str):
        return part
    return text_getter(part.text) or _worded(getter(part.text), "{" + part.text + "}" if keep_unknown else "")


def _worded(get: Getter, unknown: str) -> Template:
    def fill(exchange: Exchange) -> str:
        value = get(exchange)
        return value if type(value) is str else unknown if value is None else to_text(value)

    return fill


NOBODY = cast(Exchange, None)
"""The exchange of texts that need none."""

_GLOBAL = ("env.", "system.", "time.now", "file.")
"""Placeholders that mean something without a request."""


def global_value(name: str) -> object:
    """What a placeholder means outside of requests; None if it means nothing."""
    if not name.startswith(_GLOBAL):
        return None
    return getter(name)(NOBODY)


def fill_globally(text: str) -> str:
    """The text with its placeholders replaced; ConfigError for one that needs a request, or is empty."""
    filled = []
    for part in parse(text) if "{" in text or "\\" in text else [text]:
        value = part if isinstance(part, str) else global_value(part.text)
        if isinstance(part, Name) and value in (None, ""):
            raise ConfigError(f"unrecognized or empty placeholder in {text!r}")
        filled.append(to_text(value))
    return "".join(filled)


def to_text(value: object) -> str:
    """A value as Caddy prints it: numbers in plain decimal, `true` and `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return "" if value is None else str(value)
