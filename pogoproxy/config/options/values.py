"""Options that are one value: `http_port 8080`, `grace_period 10s`, `debug`."""

from __future__ import annotations

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...adapt.readers import integer_of
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Reader, duration
from ...handlers.bind import Bind, read_bind
from ..servers import AUTO_HTTPS


def value(name: str, read: Reader, *, ignores_rest: bool = False) -> Option:
    """An option that is one value. Where Caddy overlooks further arguments, we warn of them."""

    def option(cursor: Cursor, adaptation: Adaptation) -> object:
        found = read(cursor)
        if ignores_rest:
            adaptation.ignore_rest(cursor)
        cursor.finish_line()
        return found

    return Option(name, option)


def switch(name: str) -> Option:
    """An option that is on where it stands, whatever is said after it."""
    return value(name, lambda cursor: True, ignores_rest=True)


def time(name: str) -> Option:
    """An option that is a duration; in nanoseconds."""
    return value(name, duration, ignores_rest=True)


def _port(cursor: Cursor) -> int:
    word = cursor.word()
    return integer_of(word, f"converting port '{word.text}' to integer value: ")


def _fronts(cursor: Cursor) -> int:
    """Ours: how many processes serve."""
    word = cursor.word()
    number = integer_of(word)
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
    switch("debug"),
    value("http_port", _port),
    value("https_port", _port),
    Option("default_bind", _default_bind, gathers=True),
    time("grace_period"),
    time("shutdown_delay"),
    value("auto_https", _auto_https),
    value("fronts", _fronts),
)
