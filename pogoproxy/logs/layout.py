"""Times as Go's layouts write them (pkg.go.dev/time#pkg-constants): the layout is the reference time, written so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

Layout = Callable[[datetime], str]

RFC3339 = "2006-01-02T15:04:05Z07:00"

_NAMED = {
    "rfc3339": RFC3339,
    "rfc3339_nano": "2006-01-02T15:04:05.999999999Z07:00",
    "wall": "2006/01/02 15:04:05",
    "wall_milli": "2006/01/02 15:04:05.000",
    "wall_nano": "2006/01/02 15:04:05.000000000",
    "common_log": "02/Jan/2006:15:04:05 -0700",
    "iso8601": "2006-01-02T15:04:05.000Z0700",
}


def _offset(separator: str, utc: str) -> Layout:
    def write(moment: datetime) -> str:
        minutes = int((moment.utcoffset() or UTC.utcoffset(None)).total_seconds()) // 60
        if utc and not minutes:
            return utc
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{separator}{abs(minutes) % 60:02d}"

    return write


_PIECES: dict[str, Layout] = {
    "January": lambda m: m.strftime("%B"),
    "Jan": lambda m: m.strftime("%b"),
    "Monday": lambda m: m.strftime("%A"),
    "Mon": lambda m: m.strftime("%a"),
    "MST": lambda m: m.tzname() or "UTC",
    "2006": lambda m: f"{m.year:04d}",
    "Z07:00": _offset(":", "Z"),
    "Z0700": _offset("", "Z"),
    "-07:00": _offset(":", ""),
    "-0700": _offset("", ""),
    "002": lambda m: m.strftime("%j"),
    "01": lambda m: f"{m.month:02d}",
    "02": lambda m: f"{m.day:02d}",
    "03": lambda m: f"{m.hour % 12 or 12:02d}",
    "04": lambda m: f"{m.minute:02d}",
    "05": lambda m: f"{m.second:02d}",
    "06": lambda m: f"{m.year % 100:02d}",
    "15": lambda m: f"{m.hour:02d}",
    "_2": lambda m: f"{m.day:2d}",
    "PM": lambda m: "PM" if m.hour >= 12 else "AM",
    "pm": lambda m: "pm" if m.hour >= 12 else "am",
    "1": lambda m: str(m.month),
    "2": lambda m: str(m.day),
    "3": lambda m: str(m.hour % 12 or 12),
    "4": lambda m: str(m.minute),
    "5": lambda m: str(m.second),
}

_FRACTION = r"[.,](?:0+|9+)(?!\d)"
_TOKEN = re.compile("|".join([_FRACTION, *(re.escape(piece) for piece in _PIECES)]))


def layout(text: str) -> Layout:
    """The function that writes a time so; `text` is a layout or one of Caddy's names for some."""
    text = _NAMED.get(text, text)
    pieces: list[Layout | str] = []
    at = 0
    for found in _TOKEN.finditer(text):
        pieces += [text[at : found.start()], _PIECES.get(found[0]) or _fraction(found[0])]
        at = found.end()
    pieces.append(text[at:])
    return lambda moment: "".join([piece if isinstance(piece, str) else piece(moment) for piece in pieces])


def _fraction(token: str) -> Layout:
    """`.000` are so many digits, `.999` as many but without zeros at the end."""
    digits = len(token) - 1

    def write(moment: datetime) -> str:
        text = token[0] + f"{moment.microsecond:06d}000"[:digits]
        return text.rstrip("0").rstrip(".,") if token[1] == "9" else text

    return write


def moment(seconds: float, *, local: bool) -> datetime:
    """A time since 1970 where we are, or in UTC."""
    found = datetime.fromtimestamp(seconds, UTC)
    return found.astimezone() if local else found
