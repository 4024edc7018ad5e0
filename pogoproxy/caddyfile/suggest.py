"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is like it at all."""
    if len(word) > 64:  # no word of ours is that long, and comparing takes the square of the length
        return None
    by_folded = {name.casefold().replace("-", "_"): name for name in known}
    folded = word.casefold().replace("-", "_")
    found = get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint for a mistake at this word; None if nothing known is near."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near is not None and near != word else None
