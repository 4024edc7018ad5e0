"""A file's bytes on their way to the writer, read without stopping the loop.

A read that the page cache can answer costs less than handing it to a thread, so the kernel is asked for that first
(`RWF_NOWAIT`); only what has to come from the disk is read in a thread.
"""

from __future__ import annotations

import asyncio
import errno
import os

from ...errors import HandlerError
from ...http.exchange import Writer
from .ranges import Multipart, Part

_PIECE = 256 * 1024
"""Bytes read at once: few calls for a large file, and little memory for a slow client."""

_NO_CACHE_READS = (errno.EAGAIN, errno.EOPNOTSUPP, errno.EINVAL)


async def send(file: int, part: Part, writer: Writer) -> None:
    """Write a part of an open file; HandlerError if the file has become shorter, so that the answer breaks off."""
    at, end = part.start, part.start + part.length
    while at < end:
        data = await _read(file, at, min(_PIECE, end - at))
        if not data:
            raise HandlerError(500, "file became shorter while it was sent")
        at += len(data)
        await writer.write(data)


async def send_multipart(file: int, body: Multipart, writer: Writer) -> None:
    """Write several parts with what stands between them."""
    for number, part in enumerate(body.parts):
        await writer.write(body.head(number))
        await send(file, part, writer)
    await writer.write(body.end)


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
