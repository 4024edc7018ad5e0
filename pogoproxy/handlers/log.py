"""`log [<name>] { hostnames, output, format, core, level, sampling, no_hostname }`: access logs of a site.

The global option `log` has the same lines, but for the host names, and `include` and `exclude`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive, Option
from ..adapt.readers import integer_of
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Reader, Row, duration, read_block, rows
from ..loggers.log import DEFAULT_LOG, Core, Encoder, Log, Sampling, Writer
from ..module import Module


@dataclass(frozen=True, slots=True)
class NamedLog:
    """A log and the requests it is for. Without a name it is the server's default; `log` None has nothing to say."""

    name: str
    log: Log | None
    hostnames: tuple[str, ...] = ()
    has_no_hostname: bool = False


def _number(cursor: Cursor) -> int:
    return integer_of(cursor.word(), f"failed to parse {cursor.name}: ")


SAMPLING = rows(interval=duration, first=_number, thereafter=_number)


def _sampling(cursor: Cursor) -> Sampling:
    cursor.words()
    _once(cursor, "'{}' specified more than once in the same sampling block")
    return Sampling(**read_block(cursor, SAMPLING, unknown="unrecognized subdirective: {}"))


def _once(cursor: Cursor, message: str, adding: frozenset[str] = frozenset()) -> None:
    seen: set[str] = set()
    for line in cursor.block():
        if line.name in seen - adding:
            raise line.error(message.format(line.name))
        seen.add(line.name)


def _common_rows(adaptation: Adaptation) -> dict[str, Row]:
    def guest(base: type[Module]) -> Reader:
        return lambda cursor: adaptation.emit(adaptation.guest(base, cursor))

    return {
        "output": Row("writer", guest(Writer)),
        "format": Row("encoder", guest(Encoder)),
        "core": Row("core", guest(Core)),
        "level": Row("level", Cursor.only),
        "sampling": Row("sampling", _sampling),
    }


ADDING = frozenset({"hostnames", "include", "exclude"})


def _read(cursor: Cursor, known: dict[str, Row]) -> dict[str, Any]:
    cursor.finish()
    _once(cursor, "'{}' subdirective specified more than once in the same log block", ADDING)
    return read_block(cursor, known, unknown="unrecognized subdirective: {}")


def _refused(message: str) -> Reader:
    def read(cursor: Cursor) -> None:
        raise cursor.error(message)

    return read


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[NamedLog]:
    """The site's log; one that says something about itself and has no name is given one."""
    named = cursor.maybe()
    fields = _read(
        cursor,
        {
            **_common_rows(adaptation),
            "hostnames": Row("hostnames", lambda line: line.texts(least=1), adds=True),
            "no_hostname": Row("has_no_hostname", _flag),
            "include": Row("", _refused("include is not allowed in the log directive")),
            "exclude": Row("", _refused("exclude is not allowed in the log directive")),
        },
    )
    hostnames = fields.pop("hostnames", ())
    has_no_hostname = fields.pop("has_no_hostname", False)
    log = Log(**fields)
    is_empty = log == Log()
    name = named.text if named else "" if is_empty else f"log{adaptation.count('log')}"
    if name:
        log = Log(**fields, include=(f"http.log.access.{name}",))
    return [NamedLog(name, None if is_empty else log, hostnames, has_no_hostname)]


def _flag(cursor: Cursor) -> bool:
    cursor.finish()
    return True


def option_syntax(cursor: Cursor, adaptation: Adaptation) -> NamedLog:
    """A log of the whole program; without a name, the default one."""
    word = cursor.maybe()
    name = word.text if word else DEFAULT_LOG
    fields = _read(
        cursor,
        {
            **_common_rows(adaptation),
            "include": Row("include", Cursor.texts, adds=True),
            "exclude": Row("exclude", Cursor.texts, adds=True),
            "hostnames": Row("", _refused("hostnames is not allowed in the log global options")),
            "no_hostname": Row("no_hostname", _flag),
        },
    )
    fields.pop("no_hostname", None)
    others = adaptation.option("log", list) or []
    if any(other.name == name for other in others):
        raise cursor.error(f"duplicate global log option for: {name}")
    log = Log(**fields)
    return NamedLog(name, None if log == Log() else log)


DIRECTIVE = Directive("log", syntax)
OPTION = Option("log", option_syntax, gathers=True)
