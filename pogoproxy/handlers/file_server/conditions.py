"""Conditional requests (RFC 9110 section 13): decided on a request's fields and a file's validators."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

from ...http.headers import HeaderList, find

_TAG = re.compile(rb'(?:W/)?"[^"]*"')
_BETWEEN = re.compile(rb"[\s,]*")
_READS = ("GET", "HEAD")


class Verdict(enum.Enum):
    """What becomes of the request."""

    SERVE = 1
    NOT_MODIFIED = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class Validators:
    """A file's entity tag, perhaps empty, and when it was modified in whole seconds, None where that says nothing."""

    tag: bytes
    modified: int | None


def verdict(method: str, headers: HeaderList, file: Validators) -> Verdict:
    """The preconditions in the order of RFC 9110 section 13.2.2."""
    if (tags := find(headers, b"if-match")) is not None:
        if not _has_tag(tags, file.tag, strong=True):
            return Verdict.FAILED
    elif _is_modified_since(headers, b"if-unmodified-since", file):
        return Verdict.FAILED
    if (tags := find(headers, b"if-none-match")) is not None:
        if _has_tag(tags, file.tag, strong=False):
            return Verdict.NOT_MODIFIED if method in _READS else Verdict.FAILED
    elif method in _READS and _is_modified_since(headers, b"if-modified-since", file) is False:
        return Verdict.NOT_MODIFIED
    return Verdict.SERVE


def keeps_range(method: str, headers: HeaderList, file: Validators) -> bool:
    """Whether `If-Range` lets a range be served: the client's part is of the same file."""
    value = find(headers, b"if-range")
    if value is None or method not in _READS:
        return True
    if value.lstrip().startswith((b'"', b"W/")):
        found = _TAG.match(value.lstrip())
        return found is not None and _is_same(found[0], file.tag, strong=True)
    return file.modified is not None and seconds(value) == file.modified


def _has_tag(listed: bytes, tag: bytes, *, strong: bool) -> bool:
    if listed.strip() == b"*":
        return True
    return any(_is_same(one, tag, strong=strong) for one in _tags(listed))


def _tags(listed: bytes) -> Iterator[bytes]:
    """The tags up to the first thing that is none."""
    at = 0
    while (between := _BETWEEN.match(listed, at)) and (found := _TAG.match(listed, between.end())):
        yield found[0]
        at = found.end()


def _is_same(one: bytes, other: bytes, *, strong: bool) -> bool:
    if strong:
        return one == other and not one.startswith(b"W/")
    return one.removeprefix(b"W/") == other.removeprefix(b"W/")


def _is_modified_since(headers: HeaderList, lowered: bytes, file: Validators) -> bool | None:
    """None where it cannot be said, because of the file or of the date."""
    value = find(headers, lowered)
    if value is None or file.modified is None:
        return None
    since = seconds(value)
    return None if since is None else file.modified > since


def seconds(date: bytes) -> int | None:
    """A date of HTTP as seconds since the epoch; None if it is none."""
    try:
        return int(parsedate_to_datetime(date.decode("latin-1")).timestamp())
    except (ValueError, OverflowError):
        return None


@lru_cache(1024)
def date(seconds: int) -> bytes:
    """Seconds since the epoch as a date of HTTP."""
    return formatdate(seconds, usegmt=True).encode()
