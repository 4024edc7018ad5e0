"""A front's end of its connection to the keeper."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable

import msgspec

from ...errors import ProcessError
from .messages import Answer, AskReport, Changed, Question, Report, framed, read

log = logging.getLogger(__name__)

_REDIAL = 0.5
_REPORT_TIMEOUT = 2.0
_decoder: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


async def report(path: str) -> tuple[dict[str, str], ...]:
    """What the keeper at this socket lacks; OSError, or TimeoutError, if it does not say."""
    async with asyncio.timeout(_REPORT_TIMEOUT):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(framed(AskReport(0)))
            while (answer := await read(reader, _decoder)) is not None:
                if isinstance(answer, Report):
                    return answer.names
        finally:
            writer.close()
    raise ConnectionError("the keeper hung up")


class KeeperClient:
    """`async with`; dials again whenever the keeper is replaced. Questions meanwhile wait for it."""

    def __init__(self, path: str, on_change: Callable[[], None]) -> None:
        self._path = path
        self._on_change = on_change
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._unsent: list[bytes] = []
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> KeeperClient:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])

    async def ask(self, question: Callable[[int], Question]) -> Answer:
        """The answer to the question that is made with a number; ProcessError if the keeper dies over it."""
        number = next(self._numbers)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        message = framed(question(number))
        if self._writer is None:
            self._unsent.append(message)
        else:
            self._writer.write(message)
        try:
            return await waiting
        finally:
            self._waiting.pop(number, None)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._talk()
            await asyncio.sleep(_REDIAL)

    async def _talk(self) -> None:
        reader, writer = await asyncio.open_unix_connection(self._path)
        # What was known before the keeper was replaced may have changed meanwhile.
        self._on_change()
        writer.writelines(self._unsent)
        self._unsent.clear()
        self._writer = writer
        try:
            while (answer := await read(reader, _decoder)) is not None:
                if isinstance(answer, Changed):
                    self._on_change()
                elif (waiting := self._waiting.get(answer.id)) is not None and not waiting.done():
                    waiting.set_result(answer)
        finally:
            self._writer = None
            writer.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ProcessError("the keeper of certificates has died"))
