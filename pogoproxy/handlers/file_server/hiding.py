"""Which files are not shown, as the patterns of `hide` say."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...http.path_pattern import glob


def is_hidden(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern hides the absolute path.

    A pattern without a slash is for any component of the path; one with a slash for a folder and all below it, or
    for what it matches as a glob.
    """
    components = path.split("/")
    return any(
        _hides(pattern, path) or ("/" not in pattern and any(_matches(pattern, name) for name in components))
        for pattern in patterns
    )


def _hides(pattern: str, path: str) -> bool:
    return ("/" in pattern and path.startswith(f"{pattern}/")) or _matches(pattern, path)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(glob(pattern), text, re.DOTALL) is not None
