"""Which of several files there is: patterns below a root, chosen by a policy (Caddy's matcher `file`)."""

from __future__ import annotations

import glob
import os
import posixpath
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import HandlerError
from .exchange import Exchange
from .placeholders import Template, parse, template
from .site_path import below

_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Match:
    """A path in the file system, the same below the root, and what was split off; `info` is None if nobody looked."""

    absolute: str
    relative: str
    remainder: str
    info: os.stat_result | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.info is not None and stat.S_ISDIR(self.info.st_mode)


def _first(found: Iterator[Match]) -> Match | None:
    return next(found, None)


_BY_POLICY: dict[str, Callable[[Iterator[Match]], Match | None]] = {
    "": _first,
    "first_exist": _first,
    "first_exist_fallback": _first,
    "largest_size": lambda found: max(found, key=lambda one: one.info.st_size if one.info else 0, default=None),
    "smallest_size": lambda found: min(found, key=lambda one: one.info.st_size if one.info else 0, default=None),
    "most_recently_modified": lambda found: max(
        found, key=lambda one: one.info.st_mtime_ns if one.info else 0, default=None
    ),
}
POLICIES = tuple(filter(None, _BY_POLICY))


class FileSearch:
    """`patterns` may hold placeholders and, outside of them, globs; `=404` fails with that status.

    What follows the first of `splits` in a path is split off before it is looked for. A pattern that ends in a slash
    is for folders, another one for files.
    """

    def __init__(self, root: str, patterns: Sequence[str], policy: str, splits: Sequence[str]) -> None:
        self._root = template(root or "{http.vars.root}")
        self._patterns = [_Pattern(pattern) for pattern in patterns]
        self._is_about_first = _BY_POLICY[policy] is _first
        self._choose = _BY_POLICY[policy]
        self._falls_back = policy == "first_exist_fallback"
        self._splits = [split.lower() for split in splits]

    def search(self, exchange: Exchange) -> Match | None:
        """The file that the policy chooses; HandlerError if a status is reached first."""
        return self._choose(self._found(exchange))

    def _found(self, exchange: Exchange) -> Iterator[Match]:
        root = os.path.normpath(self._root(exchange) or ".")
        last = self._patterns[-1]
        for pattern in self._patterns:
            if pattern.status and self._is_about_first:
                raise HandlerError(pattern.status, str(pattern.status))
            for candidate in self._candidates(pattern, root, exchange):
                if self._falls_back and pattern is last:
                    yield candidate
                elif (match := _looked_at(candidate, is_strict=self._is_about_first)) is not None:
                    yield match

    def _candidates(self, pattern: _Pattern, root: str, exchange: Exchange) -> Iterator[Match]:
        path, remainder = self._split(posixpath.normpath(pattern.fill(exchange)))
        if pattern.is_folder:
            path += "/"
        if not pattern.is_glob:
            yield _below(root, below(root, path), remainder)
            return
        for found in sorted(glob.glob(below(glob.escape(root), path), include_hidden=True)):  # noqa: PTH207
            yield _below(root, found, remainder)

    def _split(self, path: str) -> tuple[str, str]:
        lowered = path.lower()
        for split in self._splits:
            end = lowered.find(split) + len(split)
            if end >= len(split) and path[end : end + 1] in ("", "/"):
                return path[:end], path[end:]
        return path, ""


class _Pattern:
    """One file to try, compiled. What placeholders put in is no glob, since it may be the client's."""

    def __init__(self, text: str) -> None:
        parts = parse(text)
        self.is_glob = any(isinstance(part, str) and not _GLOB.isdisjoint(part) for part in parts)
        self.is_folder = text.endswith("/")
        self.status = _status(text)
        self.fill = _safe_glob(text) if self.is_glob else template(text)


def _status(text: str) -> int:
    """The status that `=404` stands for, or 0."""
    digits = text.removeprefix("=")
    return int(digits) if text[:1] == "=" and len(digits) == 3 and digits.isdecimal() and digits >= "100" else 0


def _safe_glob(text: str) -> Template:
    pieces: list[str | Template] = [
        part if isinstance(part, str) else template("{" + part.text + "}") for part in parse(text)
    ]

    def fill(exchange: Exchange) -> str:
        return "".join(piece if isinstance(piece, str) else glob.escape(piece(exchange)) for piece in pieces)

    return fill


def _below(root: str, path: str, remainder: str) -> Match:
    return Match(path, "/" + path.removeprefix(root).lstrip("/"), remainder)


def _looked_at(candidate: Match, *, is_strict: bool) -> Match | None:
    """The match if it is there and, if that is asked for, a folder just where its path ends in a slash."""
    try:
        info = os.stat(candidate.absolute)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    match = Match(candidate.absolute, candidate.relative, candidate.remainder, info)
    return None if is_strict and match.is_folder != candidate.absolute.endswith("/") else match
