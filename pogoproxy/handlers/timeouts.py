"""`timeouts [<matcher>] { read_timeout <duration> [<rate>]; write_timeout …; max_write_chunk <size> }`."""

from __future__ import annotations

from typing import Any

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.readers import integer_of
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import duration, size, unrecognized
from ..http.exchange import Middleware
from ..http.pace import Pace, paced
from ..module import Context, Duration, Handler
from ..units import seconds


class Timeouts(Handler, frozen=True, tag="timeouts"):
    """How long reading and writing may stand still, and how many bytes a second they must make."""

    read_timeout: Duration = 0
    read_min_rate: int = 0
    write_timeout: Duration = 0
    write_min_rate: int = 0
    max_write_chunk: int = 0

    def provision(self, context: Context) -> Middleware:
        """See `http.pace`; a rate alone has no effect, as in Caddy."""
        read = Pace(seconds(self.read_timeout) or None, self.read_min_rate)
        write = Pace(seconds(self.write_timeout) or None, self.write_min_rate)
        return paced(read, write, self.max_write_chunk)


def timeout_and_rate(line: Cursor, timeout: str, rate: str) -> dict[str, int]:
    """`<duration> [<bytes a second>]` as two fields."""
    fields = {timeout: duration(line)}
    word = line.maybe()
    if word is not None:
        fields[rate] = integer_of(word, f"parsing {line.name} min_rate: ")
    return fields


def syntax(cursor: Cursor, adaptation: Adaptation) -> Timeouts:
    """The block."""
    adaptation.ignore_rest(cursor)
    fields: dict[str, Any] = {}
    for line in cursor.block():
        if line.name in ("read_timeout", "write_timeout"):
            fields |= timeout_and_rate(line, line.name, line.name.replace("timeout", "min_rate"))
        elif line.name == "max_write_chunk":
            fields["max_write_chunk"] = size(line)
        else:
            known = dict.fromkeys(("read_timeout", "write_timeout", "max_write_chunk"))
            raise unrecognized(line, known, "unrecognized timeouts subdirective '{}'")
        line.finish_line()
    return Timeouts(**fields)


DIRECTIVE = handler("timeouts", syntax)
