"""The one tree of errors. Whatever the product raises on purpose is below `PogoError`.

A library's own exceptions are mapped to these at the one seam where that library is used. Any other
exception that reaches a user is a bug of ours.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece of configuration stands: `line` and `column` count from 1, `length` in characters."""

    file: str
    line: int
    column: int = 1
    length: int = 1
    imports: tuple[str, ...] = ()
    """The chain of imports that led here, outermost first, each worded as `file:line (import name)`."""


class PogoError(Exception):
    """The root."""


class ConfigError(PogoError):
    """A mistake in the configuration: data, worded by one renderer (`pogoproxy.caddyfile.render`).

    `message` is Caddy's wording where Caddy has one. `path` is the place in a JSON config
    (`apps.http.servers.srv0.routes[0]`), `span` the place in a text; either may be absent.
    """

    def __init__(
        self, message: str, span: Span | None = None, *, hint: str | None = None, path: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.path = path


class ConfigErrors(PogoError):
    """Several independent mistakes, found in one run; `mistakes` is never empty."""

    def __init__(self, mistakes: Sequence[ConfigError]) -> None:
        super().__init__("\n".join(mistake.message for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class RuntimeFault(PogoError):
    """The configuration is sound, but the machine does not let us run it: a port in use, a folder not writable."""


class HandlerError(PogoError):
    """A handler's failure that becomes a response: `status` is what the client gets if no error route answers.

    The cause is for the log only; nothing of it reaches the client.
    """

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message or f"status {status}")
        self.status = status
        self.message = message

    @cached_property
    def id(self) -> str:
        """What an error page may show, and the log has beside the cause: nine characters."""
        return os.urandom(5).hex()[:9]

    @property
    def trace(self) -> str:
        """The function that raised it, `name (file:line)`; nothing before it was raised."""
        at = (self.__cause__ or self).__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        if at is None:
            return ""
        code = at.tb_frame.f_code
        return f"{code.co_name} ({PurePath(code.co_filename).name}:{at.tb_lineno})"


class UpstreamError(HandlerError):
    """The upstream leg failed. The subclass says in which phase, since only some phases may be retried."""

    kind = "upstream"
    """What failures are counted by."""


class DialError(UpstreamError):
    """No connection came about, so the upstream has seen nothing of the request."""

    kind = "dial"

    def __init__(self, message: str, status: int = 502) -> None:
        super().__init__(status, message)


class NoUpstream(UpstreamError):
    """No upstream is available; `retry_after` in seconds is what the client is told, if anything."""

    kind = "none"

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(503, message)
        self.retry_after = retry_after


class UpstreamProtocolError(UpstreamError):
    """The upstream closed too early or answered what is not HTTP."""

    kind = "broken"

    def __init__(self, message: str) -> None:
        super().__init__(502, message)


class UpstreamTimeout(UpstreamError):
    """The upstream let a deadline pass."""

    kind = "timeout"

    def __init__(self, message: str) -> None:
        super().__init__(504, message)


class ClientGone(PogoError):
    """The downstream connection ended before its answer was complete; there is nobody left to tell."""


class ProcessError(PogoError):
    """A child process could not be started or did not become ready in time."""
