"""Readers for declared rows (`caddyfile.syntax`) of values that take more than text to read."""

from __future__ import annotations

from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Reader
from ..caddyfile.tree import Word
from ..module import Module
from .adaptation import Adaptation
from .weak import WeakString, integer, weak


def number(cursor: Cursor) -> int:
    """One argument, an integer."""
    return integer_of(cursor.word())


def integer_of(word: Word, said_before: str = "") -> int:
    """A word as an integer; ConfigError in Go's words, after those that Caddy says before them."""
    try:
        return integer(word.text)
    except ValueError as wrong:
        raise word.error(f"{said_before}{wrong}") from None


def status(cursor: Cursor) -> WeakString:
    """One argument, a status code or a placeholder for one."""
    return weak(cursor.text())


def status_class(word: Word) -> int:
    """`404` as it is, and `4xx` as 4, which stands for the class."""
    is_class = len(word.text) == 3 and word.text.endswith("xx")
    digits = word.text[:1] if is_class else word.text
    try:
        return integer(digits)
    except ValueError as wrong:
        raise word.error(f"bad status value '{digits}': {wrong}") from None


def pair(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """Two arguments, a name and its value, for a row that adds."""
    return ((cursor.text(), cursor.text()),)


def guest(base: type[Module], adaptation: Adaptation) -> Reader:
    """A module of that base's namespace, named by the first argument and read from the rest of the line."""
    return lambda cursor: adaptation.emit(adaptation.guest(base, cursor))
