"""Two raw streams joined: what one side sends the other gets, until both have ended."""

from __future__ import annotations

import asyncio
import contextlib

from ..http.stream import Stream


async def join(downstream: Stream, upstream: Stream, *, longest: float | None = None) -> None:
    """Copy both ways until both sides have said that they send no more, one breaks off, or `longest` seconds pass.

    An end of stream is passed on, so that the other direction may still be used; whatever else ends one direction
    ends both. Both streams are closed in the end.
    """
    copies = [asyncio.create_task(_copy(downstream, upstream)), asyncio.create_task(_copy(upstream, downstream))]
    try:
        async with asyncio.timeout(longest):
            await asyncio.gather(*copies)
    except (ConnectionError, TimeoutError):
        pass
    finally:
        for copy in copies:
            copy.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await copy
        downstream.close()
        upstream.close()


async def _copy(source: Stream, destination: Stream) -> None:
    while data := await source.read():
        await destination.write(data)
    destination.write_eof()
