"""Values whose JSON type depends on how they are spelled."""

from __future__ import annotations

import math
import re

from ..caddyfile.tree import Word

WeakString = str | int | bool
"""A text in whose place a number or a boolean may stand, such as a status code that may be a placeholder."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def integer(text: str) -> int:
    """An integer as Go's `strconv.Atoi` reads it; ValueError in its words."""
    if not _INTEGER.fullmatch(text):
        raise ValueError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    if not -(2**63) <= (number := int(text)) < 2**63:
        raise ValueError(f'strconv.Atoi: parsing "{text}": value out of range')
    return number


def weak(text: str) -> WeakString:
    """`404` as a number, `true` and `false` as booleans, any other text as it is."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return integer(text)
    except ValueError:
        return text


def scalar(text: str) -> str | int | float | bool:
    """Like `weak`, with floating-point numbers too; a whole one prints as an integer."""
    value = weak(text)
    if isinstance(value, str) and _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            return text
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    return value


def of_word(word: Word) -> str | int | float | bool:
    """A word as the scalar that it spells; a quoted one is a text."""
    return word.text if word.quote else scalar(word.text)
