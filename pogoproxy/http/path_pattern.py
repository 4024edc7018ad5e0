"""Path patterns: exact, `/prefix*`, `*suffix`, `*part*`, or a glob, compared without case (Caddy's `path` matcher).

The request's path is cleaned first, so that `//` and `/../` do not get around a matcher: what a pattern protects must
be protected however a client spells it. A pattern with `%` is compared with the path as it was escaped.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ..errors import ConfigError
from .exchange import Exchange, Predicate, any_of
from .placeholders import has_placeholders, template
from .regexp import compile_regexp

Test = Callable[[str], bool]


def match_path(patterns: Sequence[str]) -> Predicate:
    """Whether any of the patterns matches."""
    simple = [pattern.lower() for pattern in patterns if _is_simple(pattern)]
    tests = [_predicate(pattern) for pattern in patterns if not _is_simple(pattern)]
    if not tests:
        return _any_simple(simple)
    return any_of([*([_any_simple(simple)] if simple else []), *tests])


def _is_simple(pattern: str) -> bool:
    """Whether it is a path, or the beginning or the end of one."""
    text = pattern[:-1] if pattern.endswith("*") else pattern.removeprefix("*")
    return pattern != "*" and _ODD.isdisjoint(text) and "//" not in text


_ODD = frozenset("*?[\\{%")


def _any_simple(patterns: Sequence[str]) -> Predicate:
    """Several of them cost what one does."""
    exact = frozenset(pattern for pattern in patterns if "*" not in pattern)
    beginnings = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
    endings = tuple(pattern[1:] for pattern in patterns if pattern.startswith("*"))

    def predicate(exchange: Exchange) -> bool:
        path = exchange.path.lower()
        if "/." in path or "//" in path:
            path = clean(path)
        return path in exact or path.startswith(beginnings) or path.endswith(endings)

    return predicate


def _predicate(pattern: str) -> Predicate:
    if has_placeholders(pattern):
        fill = template(pattern)
        return lambda exchange: _filled(fill(exchange))(exchange)
    return _fixed(pattern)


@lru_cache(128)
def _filled(pattern: str) -> Predicate:
    """The predicate of a pattern that a request has brought; one that is none matches nothing."""
    try:
        return _fixed(pattern)
    except ConfigError:
        return lambda _: False


def _fixed(pattern: str) -> Predicate:
    """The predicate of a pattern without placeholders."""
    if pattern == "*":
        return lambda _: True
    keeps_slashes = "//" in pattern
    if "%" in pattern:
        found = compile_regexp(f"(?is)^(?:{_escaped_glob(pattern)})$").search
        return lambda exchange: found(clean(exchange.raw_path, keep_double=keeps_slashes)) is not None
    test = _test(pattern.lower())
    return lambda exchange: test(clean(exchange.path.lower(), keep_double=keeps_slashes))


def _test(pattern: str) -> Test:
    stars = pattern.count("*")
    if stars == 2 and len(pattern) > 1 and pattern[0] == pattern[-1] == "*":
        return lambda path: pattern[1:-1] in path
    if stars == 1 and pattern[0] == "*":
        return lambda path: path.endswith(pattern[1:])
    if stars == 1 and pattern[-1] == "*":
        return lambda path: path.startswith(pattern[:-1])
    return compile_glob(pattern)


_GLOB = frozenset("*?[\\")


def compile_glob(pattern: str) -> Test:
    """Whether a whole text matches a glob, in time proportional to it; ConfigError for a class that is none."""
    if _GLOB.isdisjoint(pattern):
        return lambda text: text == pattern
    found = compile_regexp(f"(?s)^(?:{glob(pattern)})$").search
    return lambda text: found(text) is not None


def clean(path: str, *, keep_double: bool = False) -> str:
    """The path without `.` and `..` segments and doubled slashes; a slash at the end stays."""
    if "/." not in path and "//" not in path:
        return path
    if keep_double:
        # A name that no segment can have stands for the empty one while the rest is resolved.
        return clean(path.replace("//", "/\0/").replace("//", "/\0/")).replace("/\0/", "//").replace("/\0/", "//")
    cleaned = posixpath.normpath("/" + path.lstrip("/"))
    return cleaned + "/" if path.endswith("/") and cleaned != "/" else cleaned


def glob(pattern: str) -> str:
    """A regular expression for a glob of Go's `path.Match`: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]`."""
    parts = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "[" and (end := pattern.find("]", at + 1)) > 0:
            negated = pattern[at] == "^"
            body = re.sub(r"([\\\[\]&~|^])", r"\\\1", pattern[at + negated : end])
            parts.append(f"[{'^' if negated else ''}{body}]")
            at = end + 1
        elif char == "\\" and at < len(pattern):
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(char))
    return "".join(parts)


_ESCAPED = re.compile(r"%\*|%[0-9A-Fa-f]{2}|\*|\?|.", re.DOTALL)
_NO_SLASH = "(?:[^/%]|%[013-9a-f]|%2[0-9a-e])"
"""A character, or the beginning of an escaped one, but not of an escaped slash."""


def _escaped_glob(pattern: str) -> str:
    """A regular expression for the path as it was escaped.

    `%xx` is compared as it stands and `%*` spans escaped text, `%2F` with it; all else is compared decoded: `a`
    matches `%61`, and `*` does not go over an escaped slash.
    """

    def piece(found: re.Match[str]) -> str:
        text = found[0]
        match text:
            case "%*":
                return "[^/]*"
            case "*":
                return _NO_SLASH + "*"
            case "?":
                return _NO_SLASH
        if len(text) == 3:
            return text
        escaped = "".join(f"%{byte:02x}" for byte in text.encode())
        return f"(?:{re.escape(text)}|{escaped})"

    return _ESCAPED.sub(piece, pattern)
