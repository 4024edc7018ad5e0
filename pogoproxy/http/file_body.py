"""A file as the body of an answer, or a part of it, sent without stopping the loop.

Where nothing on the way looks at the bytes, the kernel passes them on (sendfile(2)). Else they are read: what the page
cache can answer at once (`RWF_NOWAIT`) in the loop, since that costs less than a thread, and the rest in a thread.
"""

from __future__ import annotations

import asyncio
import errno
import os
from abc import ABC, abstractmethod

from ..errors import HandlerError
from .writer import Writer, WriterWrapper

_PIECE = 256 * 1024
"""Bytes read at once: few calls for a large file, and little memory for a slow client."""

_WORTH = 128 * 1024
"""Bytes from which on the kernel's way is the cheaper one."""

_NO_CACHE_READS = (errno.EAGAIN, errno.EOPNOTSUPP, errno.EINVAL)


class FileTaker(ABC):
    """A front's writer whose transport can send files by itself."""

    __slots__ = ()

    @abstractmethod
    def takes_files(self) -> bool:
        """Whether that is so for the answer that has begun."""

    @abstractmethod
    async def write_file(self, file: int, at: int, count: int) -> None:
        """As `write` of these bytes; HandlerError if the file has become shorter."""


async def write_file(writer: Writer, file: int, at: int, count: int) -> None:
    """Write a part of an open file; HandlerError if the file has become shorter, so that the answer breaks off."""
    taker = _taker(writer) if count >= _WORTH else None
    if taker is not None:
        return await taker.write_file(file, at, count)
    end = at + count
    while at < end:
        data = await _read(file, at, min(_PIECE, end - at))
        if not data:
            raise shorter()
        at += len(data)
        await writer.write(data)
    return None


def shorter() -> HandlerError:
    """The failure of a file that changes while it is sent."""
    return HandlerError(500, "file became shorter while it was sent")


def _taker(writer: Writer) -> FileTaker | None:
    """The front's writer, if all writers in front of it pass bodies on as they are."""
    while isinstance(writer, WriterWrapper) and type(writer).write is WriterWrapper.write:
        writer = writer.inner
    return writer if isinstance(writer, FileTaker) and writer.takes_files() else None


async def _read(file: int, at: int, size: int) -> bytes:
    buffer = bytearray(size)
    try:
        count = os.preadv(file, [buffer], at, os.RWF_NOWAIT)
    except OSError as error:
        if error.errno not in _NO_CACHE_READS:
            raise HandlerError(500, f"file cannot be read: {error.strerror}") from None
        return await asyncio.to_thread(_read_from_disk, file, at, size)
    return bytes(memoryview(buffer)[:count])


def _read_from_disk(file: int, at: int, size: int) -> bytes:
    try:
        return os.pread(file, size, at)
    except OSError as error:
        raise HandlerError(500, f"file cannot be read: {error.strerror}") from None


def is_at_hand(file: int, at: int) -> bool:
    """Whether the byte is in the page cache, or the file system cannot say."""
    try:
        os.preadv(file, [bytearray(1)], at, os.RWF_NOWAIT)
    except OSError as error:
        return error.errno != errno.EAGAIN
    return True
