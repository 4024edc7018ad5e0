"""Options that are one value: `http_port 8080`, `grace_period 10s`, `debug`."""

from __future__ import annotations

from collections.abc import Callable

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...adapt.weak import integer
from ...caddyfile import syntax
from ...caddyfile.cursor import Cursor
from ...handlers.bind import Bind, read_bind
from ..servers import AUTO_HTTPS


def _value(name: str, read: Callable[[Cursor], object]) -> Option:
    def option(cursor: Cursor, adaptation: Adaptation) -> object:
        value = read(cursor)
        cursor.finish_line()
        return value

    return Option(name, option)


def _port(cursor: Cursor) -> int:
    word = cursor.word()
    try:
        return integer(word.text)
    except ValueError as wrong:
        raise word.error(f"converting port '{word.text}' to integer value: {wrong}") from None


def _fronts(cursor: Cursor) -> int:
    """Ours: how many processes serve."""
    word = cursor.word()
    try:
        number = integer(word.text)
    except ValueError as wrong:
        raise word.error(str(wrong)) from None
    if number < 1:
        raise word.error(f"fronts must be at least 1, got {number}")
    return number


def _auto_https(cursor: Cursor) -> tuple[str, ...]:
    words = cursor.words()
    if not words:
        raise cursor.wrong_count()
    for word in words:
        if word.text not in AUTO_HTTPS:
            names = "'off', 'disable_redirects', 'disable_certs', or 'ignore_loaded_certs'"
            raise word.error(f"auto_https must be one of {names}")
    return tuple(word.text for word in words)


def _default_bind(cursor: Cursor, adaptation: Adaptation) -> Bind:
    return read_bind(cursor, default=("",))


OPTIONS = (
    _value("debug", syntax.flag),
    _value("http_port", _port),
    _value("https_port", _port),
    Option("default_bind", _default_bind, gathers=True),
    _value("grace_period", syntax.duration),
    _value("shutdown_delay", syntax.duration),
    _value("auto_https", _auto_https),
    _value("fronts", _fronts),
)
