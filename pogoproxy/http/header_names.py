"""Which headers of a request handlers see, by their names.

CGI, WSGI and PHP turn `-` into `_`, and PHP `.` as well, so that `X_Forwarded_For` from a client would pass for the
`X-Forwarded-For` that we set. So names with `_` or `.` are dropped unless the config expects them. Of an expected one,
what would fold to the same name is dropped, and all of it if it comes twice (Caddy's `expected_underscore_headers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..errors import ConfigError
from .headers import HeaderList

_UNDERSCORE, _DOT = b"_."
"""As numbers, which are found in bytes faster than bytes are."""

Passed = Callable[[Iterable[tuple[bytes, bytes]]], HeaderList]
"""The headers that handlers see, of those that came."""


def passed(headers: Iterable[tuple[bytes, bytes]]) -> HeaderList:
    """All but those with `_` or `.` in their names."""
    return [pair for pair in headers if _UNDERSCORE not in pair[0] and _DOT not in pair[0]]


@dataclass(frozen=True, slots=True)
class _Names:
    """Names in lower case, and the beginnings of names."""

    exact: frozenset[bytes]
    prefixes: tuple[bytes, ...]

    def has(self, name: bytes) -> bool:
        return name in self.exact or name.startswith(self.prefixes)

    def hyphenated(self) -> _Names:
        """What folds to the same names."""
        return _Names(frozenset(map(_hyphens, self.exact)), tuple(map(_hyphens, self.prefixes)))


def _hyphens(name: bytes) -> bytes:
    return name.replace(b"_", b"-").replace(b".", b"-")


def expecting(underscores: Sequence[str], dots: Sequence[str]) -> Passed:
    """The same with these names and, by a final `*`, beginnings of names; ConfigError for one that can never match."""
    if not underscores and not dots:
        return passed
    with_underscore = _read(underscores, "_", "expected_underscore_headers")
    with_dot = _read(dots, ".", "expected_dot_headers")
    folded = (with_underscore.hyphenated(), with_dot.hyphenated())

    def is_passed(name: bytes) -> bool:
        if b"_" in name and b"." in name:
            # What stands behind a prefix could hold the other character; only whole names are vetted.
            return name in with_underscore.exact or name in with_dot.exact
        if b"_" in name:
            return with_underscore.has(name)
        if b"." in name:
            return with_dot.has(name)
        return not (folded[0].has(name) or folded[1].has(name))

    def expected(headers: Iterable[tuple[bytes, bytes]]) -> HeaderList:
        kept = [pair for pair in headers if is_passed(pair[0].lower())]
        counts = Counter(pair[0].lower() for pair in kept if b"_" in pair[0] or b"." in pair[0])
        return [pair for pair in kept if counts[pair[0].lower()] < 2] if counts else kept

    return expected


def _read(entries: Sequence[str], separator: str, option: str) -> _Names:
    exact, prefixes = set(), []
    for entry in entries:
        name = entry.removesuffix("*")
        if not entry.isascii():
            raise ConfigError(f'{option}: entry "{entry}" contains non-ASCII characters')
        if "*" in name:
            raise ConfigError(
                f"{option}: entry \"{entry}\" has '*' in an invalid position (only a trailing '*' is allowed)"
            )
        if separator not in name:
            raise ConfigError(f"{option}: entry \"{entry}\" does not contain a '{separator}'")
        if entry.endswith("*"):
            prefixes.append(name.lower().encode())
        else:
            exact.add(name.lower().encode())
    return _Names(frozenset(exact), tuple(prefixes))
