"""Which files are not shown, as the patterns of `hide` say."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from ...http.exchange import Exchange
from ...http.path_pattern import compile_glob
from ...http.placeholders import has_placeholders, template

Hides = Callable[[str], bool]
"""Whether an absolute path is hidden."""


def is_hidden(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern hides the absolute path.

    A pattern without a slash is for any component of the path; one with a slash for a folder and all below it, or
    for what it matches as a glob.
    """
    return hiding(tuple(patterns))(path)


@lru_cache(256)
def hiding(patterns: tuple[str, ...]) -> Hides:
    """The test of these patterns."""
    names = [compile_glob(pattern) for pattern in patterns if "/" not in pattern]
    paths = [compile_glob(pattern) for pattern in patterns if "/" in pattern]
    folders = tuple(f"{pattern}/" for pattern in patterns if "/" in pattern)

    @lru_cache(1024)
    def hides(path: str) -> bool:
        if path.startswith(folders) or any(matches(path) for matches in paths):
            return True
        return any(matches(component) for matches in names for component in path.split("/"))

    return hides


def compiled_hiding(patterns: Sequence[str]) -> Callable[[Exchange], Hides]:
    """The test for a request, whose values the patterns may name; those with a slash are made absolute."""
    if not any(map(has_placeholders, patterns)):
        fixed = hiding(tuple(map(_absolute, patterns)))
        return lambda _: fixed
    filled = [template(pattern) for pattern in patterns]
    return lambda exchange: hiding(tuple(_absolute(fill(exchange)) for fill in filled))


def _absolute(pattern: str) -> str:
    return os.path.abspath(pattern) if "/" in pattern else pattern  # noqa: PTH100
