"""A leg that speaks FastCGI."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import HandlerError
from ...http.exchange import Exchange
from ...http.headers import HeaderList
from ..carrier import Carrier
from ..dial import Dialer
from ..leg import Deadlines, KeepAlive, Leg
from . import records
from .connection import FastCGIConnection
from .variables import Question

_NO_MORE: Mapping[str, str] = {}


class FastCGILeg(Leg):
    """Asks responders for what `variables` say. `kept` connections of a target are kept for later.

    A connection that is kept occupies one of the responder's processes, even while it is idle.
    """

    def __init__(
        self,
        variables: Callable[[Exchange, Question], Mapping[str, str]],
        dialer: Dialer | None = None,
        deadlines: Deadlines | None = None,
        *,
        kept: int = 0,
        logs_stderr: bool = True,
    ) -> None:
        super().__init__(deadlines, KeepAlive(idle=kept), dialer)
        self._variables = variables
        self._keeps = kept > 0
        self._logs_stderr = logs_stderr

    def carrier(self, release: Callable[[Carrier], None], gone: Callable[[Carrier], None]) -> Carrier:
        """See `Leg.carrier`."""
        return FastCGIConnection(release, gone, keeps=self._keeps, logs_stderr=self._logs_stderr)

    def head(self, exchange: Exchange, method: str, uri: str, fields: HeaderList, length: int | None) -> bytes:
        """See `Leg.head`. A body of unknown length is refused with 411: a responder reads as much as it was told."""
        return self.head_of(exchange, Question(method, uri, fields, -1 if length is None else length))

    def head_of(self, exchange: Exchange, question: Question, more: Mapping[str, str] = _NO_MORE) -> bytes:
        """The same with `more` variables."""
        if question.length < 0:
            raise HandlerError(411, "FastCGI needs the body's length")
        found = {**self._variables(exchange, question), **more}
        pairs = ((_bytes(name), _bytes(value)) for name, value in found.items())
        return records.begin(pairs, keep=self._keeps)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
