"""The keeper's end of the fronts' connections: questions are answered as they come, changes told to all."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

import msgspec

from ...errors import PogoError
from .certificate import Certificate
from .keeper import Keeper, Unavailable
from .messages import (
    Answer,
    Ask,
    AskProof,
    AskReport,
    AskToken,
    Changed,
    Given,
    Pair,
    Question,
    Refused,
    Report,
    Token,
    framed,
    read,
)

log = logging.getLogger(__name__)

_MOST_QUESTIONS = 10_000
"""Questions of one front that wait for their answers."""

_decoder: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)

FindToken = Callable[[str, str], Awaitable[str]]
FindProof = Callable[[str], Awaitable[Certificate | None]]


class Desk:
    """`await serve(socket)`; `close()` at the end."""

    def __init__(self, keeper: Keeper, find_token: FindToken, find_proof: FindProof) -> None:
        self._keeper = keeper
        self._find_token = find_token
        self._find_proof = find_proof
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        keeper.on_change = self._tell_all

    async def serve(self, listening: socket.socket) -> None:
        """Answer from now on."""
        self._server = await asyncio.start_unix_server(self._talk, sock=listening)

    def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    def _tell_all(self) -> None:
        for writer in self._writers:
            writer.write(framed(Changed()))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        answering: set[asyncio.Task[None]] = set()
        try:
            while (question := await read(reader, _decoder)) is not None:
                if len(answering) >= _MOST_QUESTIONS:
                    writer.write(framed(Refused(question.id, "too many questions")))
                    continue
                task = asyncio.create_task(self._answer(question, writer))
                answering.add(task)
                task.add_done_callback(answering.discard)
        except ConnectionError as error:
            log.error("front hung up error=%s", error)
        finally:
            self._writers.discard(writer)
            for task in answering:
                task.cancel()
            writer.close()

    async def _answer(self, question: Question, writer: asyncio.StreamWriter) -> None:
        match question:
            case Ask():
                answer = await self._given(question)
            case AskToken():
                answer = await self._token(question)
            case AskProof():
                answer = await self._proof(question)
            case AskReport():
                answer = Report(question.id, tuple(self._keeper.report()))
        writer.write(framed(answer))

    async def _token(self, ask: AskToken) -> Token:
        try:
            return Token(ask.id, await self._find_token(ask.host, ask.token))
        except PogoError as error:
            log.error("challenge not looked for host=%s error=%s", ask.host, error)
            return Token(ask.id)

    async def _proof(self, ask: AskProof) -> Answer:
        try:
            proof = await self._find_proof(ask.server_name)
        except PogoError as error:
            return Refused(ask.id, str(error))
        return Given(ask.id, (_pair(proof),)) if proof else Refused(ask.id, "no such challenge")

    async def _given(self, ask: Ask) -> Answer:
        try:
            certificates, is_lasting = await self._keeper.answer(ask)
            return Given(ask.id, tuple(map(_pair, certificates)), is_lasting)
        except Unavailable as missing:
            return Refused(ask.id, str(missing), missing.is_known, missing.is_lasting)
        except TimeoutError:
            return Refused(ask.id, "the certificate is still being made", True)
        except Exception:
            log.exception("question crashed server_name=%s", ask.server_name)
            return Refused(ask.id, "crashed", True)


def _pair(certificate: Certificate) -> Pair:
    return Pair(certificate.chain, certificate.key, certificate.fingerprint)
