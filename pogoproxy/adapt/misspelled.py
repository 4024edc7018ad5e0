"""Placeholders that are probably misspelled. At run time one that nobody knows says nothing, and nobody is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..caddyfile.suggest import nearest
from ..caddyfile.tree import Segment, Word
from ..errors import ConfigError
from .placeholders import FAMILIES, SHORTHANDS

_PLACEHOLDER = re.compile(r"\{([a-z%?][\w.%?-]*)\}", re.ASCII)

_REQUEST = """
    body body_base64 cookie duration duration_ms header host.labels local local.host local.port proto proto_name
    tls uri.query uri.path.file.base uri.path.file.ext
"""
_KNOWN = frozenset(
    {
        *(name.strip("{}") for pair in SHORTHANDS.items() for name in pair),
        *FAMILIES,
        *FAMILIES.values(),
        *(f"http.request.{name}" for name in _REQUEST.split()),
        *["http.response", "http.auth", "http.url_pattern", "http.shutting_down", "http.time_until_shutdown"],
        *["env", "system", "time.now", "args", "block", "blocks"],
    }
)
"""Names, and the beginnings of names that go on after a dot."""

_MOST = 200
"""Different unknown names that are looked at: a template in a response body may be full of braces."""


def misspelled(segments: Iterable[Segment]) -> Iterator[ConfigError]:
    """A warning for each unknown placeholder that is like a known one, once for each name.

    What a `map` defines is known, and what is like nothing is left alone: it may be a module's, or no placeholder.
    """
    rows = list(_all(segments))
    seen = {name for segment in rows if segment.name == "map" for word in segment.words for name in _names(word)}
    for word in (word for segment in rows for word in segment.words):
        for name in _names(word):
            if name in seen or _is_known(name) or len(seen) > _MOST:
                continue
            seen.add(name)
            near = nearest(name, _KNOWN)
            if near is not None:
                yield word.error(f"unknown placeholder {{{name}}}", hint=f"did you mean `{{{near}}}`?")


def _all(segments: Iterable[Segment]) -> Iterator[Segment]:
    for segment in segments:
        yield segment
        if segment.block:
            yield from _all(segment.block)


def _names(word: Word) -> list[str]:
    return _PLACEHOLDER.findall(word.text) if "{" in word.text else []


def _is_known(name: str) -> bool:
    """Whether it is a name of ours, or begins with one: `http.request.header` for `http.request.header.Accept`."""
    parts = name.split(".")
    if parts[0] in ("file", "http") and parts[1:2] != ["request"]:
        # A file's path, or the name of a module that we need not know.
        return len(parts) > 1 or name in _KNOWN
    return any(".".join(parts[:end]) in _KNOWN for end in range(len(parts), 0, -1))
