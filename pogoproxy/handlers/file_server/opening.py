"""Opening a file to be served: the plain one or one that lies compressed beside it, and its validators."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ...errors import HandlerError
from ...http.accept_encoding import accepted
from ...http.exchange import Exchange
from ...http.headers import HeaderList, find
from .conditions import Validators
from .contents import Contents
from .locating import Found

SUFFIXES = {"br": ".br", "gzip": ".gz", "zstd": ".zst"}
"""What the names of compressed files end in."""

_BACK_OFF = (2, 5)
"""Seconds after which a client may ask again when we are out of descriptors; random, so that not all come at once."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file, or a small one with its `content`, which then needs no descriptor; who gets it closes it."""

    descriptor: int
    size: int
    encoding: str
    validators: Validators
    content: bytes | None = None

    def close(self) -> None:
        """Close the descriptor, if there is one."""
        if self.content is None:
            os.close(self.descriptor)


class Opener:
    """Opens files; `formats` are those of compressed ones in their order, `tag_endings` those of files with ETags."""

    def __init__(self, formats: Sequence[str], tag_endings: Sequence[str]) -> None:
        self._formats = formats
        self._tag_endings = tag_endings
        self._contents = Contents()

    def open(self, found: Found, exchange: Exchange) -> Opened | None:
        """The best form of the file for the client; None if it is gone, HandlerError (403, 503) if it does not open."""
        names = accepted(exchange.headers, self._formats) if self._formats else ()
        if not names and not self._tag_endings:
            kept = self._kept(found, exchange)
            if kept is not None:
                return kept
        for name in names:
            path = found.path + SUFFIXES[name]
            try:
                descriptor = os.open(path, _FLAGS)
            except OSError:
                continue
            if (opened := self._checked(descriptor, path, found, exchange, name)) is not None:
                return opened
        try:
            descriptor = os.open(found.path, _FLAGS)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise HandlerError(403, str(error)) from None
        except OSError as error:
            exchange.response_headers.append((b"Retry-After", b"%d" % random.randrange(*_BACK_OFF)))
            raise HandlerError(503, str(error)) from None
        return self._checked(descriptor, found.path, found, exchange, "")

    def _checked(self, descriptor: int, path: str, found: Found, exchange: Exchange, encoding: str) -> Opened | None:
        """None, and closed, if it is no regular file: a pipe or a device may have no end."""
        try:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                os.close(descriptor)
                return None
            tag = find(exchange.response_headers, b"etag") or self._tag_beside(path) or entity_tag(info)
        except BaseException:
            os.close(descriptor)
            raise
        return Opened(descriptor, info.st_size, encoding, Validators(tag, _modified(found.info)))

    def _kept(self, found: Found, exchange: Exchange) -> Opened | None:
        """A small file that is known already, or can be at once."""
        content = self._contents.of(found.path, found.info)
        if content is None:
            return None
        tag = find(exchange.response_headers, b"etag") or entity_tag(found.info)
        return Opened(-1, len(content), "", Validators(tag, _modified(found.info)), content)

    def _tag_beside(self, path: str) -> bytes:
        for ending in self._tag_endings:
            try:
                return Path(path + ending).read_bytes().replace(b"\n", b"")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise HandlerError(500, f"cannot read etag from file: {error}") from None
        return b""


_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
"""Without blocking, since a named pipe has no writer yet."""


def _modified(info: os.stat_result) -> int | None:
    """Reproducible builds and container images set 0 or 1, which says nothing."""
    seconds = int(info.st_mtime_ns // 1_000_000_000)
    return None if seconds in (0, 1) else seconds


def entity_tag(info: os.stat_result) -> bytes:
    """A strong tag from the time of modification and the size, as Caddy makes it; empty if the time says nothing."""
    if _modified(info) is None:
        return b""
    return _tag(info.st_mtime_ns, info.st_size)


@lru_cache(1024)
def _tag(modified: int, size: int) -> bytes:
    return f'"{_base36(modified)}-{_base36(size)}"'.encode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def describe(headers: HeaderList, opened: Opened) -> None:
    """Add the fields that a file's answer has whatever becomes of the conditions."""
    if opened.validators.tag and find(headers, b"etag") is None:
        headers.append((b"Etag", opened.validators.tag))
    if opened.encoding:
        headers.append((b"Content-Encoding", opened.encoding.encode()))
