"""What is logged of each exchange when it is over: the access log, and failures; both with Caddy's fields."""

from __future__ import annotations

import logging
import time
from typing import Any

from ..apps.http import ServerLogs
from ..errors import HandlerError
from ..http.exchange import Exchange
from ..http.front_writer import FrontWriter
from ..http.request_placeholders import split_host
from . import shown
from .naming import Naming, is_logged
from .router import Router


class AccessLog:
    """One entry for each exchange of a server."""

    def __init__(self, config: ServerLogs, router: Router) -> None:
        self._config = config
        self._naming = Naming("http.log.access", config, router)
        self._credentials = config.should_log_credentials
        self._is_selective = bool(config.skip_hosts) or config.skip_unmapped_hosts

    def __call__(self, exchange: Exchange, response: FrontWriter) -> None:
        """Write the entry to the loggers that the request's host has."""
        if exchange.vars and exchange.vars.get("log_skip") is True:
            return
        if self._is_selective and not is_logged(split_host(exchange.host)[0], self._config):
            return
        is_answered = "unhandled" not in exchange.vars
        status = (response.status or _gone(exchange)) if is_answered else 0
        level = logging.ERROR if status >= 500 else logging.INFO
        fields: dict[str, Any] | None = None
        for logger in self._naming.loggers(exchange):
            if logger.takes(level):
                fields = fields or self._fields(exchange, response, status)
                logger.emit(level, "handled request" if is_answered else "NOP", fields)

    def _fields(self, exchange: Exchange, response: FrontWriter, status: int) -> dict[str, Any]:
        duration = round(time.monotonic() - exchange.started, 9)
        fields = {
            "request": shown.request(exchange, credentials=self._credentials),
            "bytes_read": exchange.body.received,
            "user_id": exchange.values.get("http.auth.user.id", ""),
            "duration": duration,
            "size": response.sent,
            "status": status,
            "resp_headers": shown.header(response.headers, credentials=self._credentials),
        }
        if exchange.log_fields:
            fields |= _appended(exchange, response, duration)
        return fields


def _gone(exchange: Exchange) -> int:
    """The status of an answer that never began: 499 if the client left while an upstream was asked, as in Caddy."""
    return 499 if exchange.upstream is not None else 0


def _appended(exchange: Exchange, response: FrontWriter, duration: float) -> dict[str, Any]:
    """The fields that handlers have asked for, with what can be known only now."""
    exchange.response_headers[:] = response.headers
    exchange.values |= {
        "http.response.status": response.status,
        "http.response.size": response.sent,
        "http.response.duration": duration,
        "http.response.duration_ms": duration * 1000,
    }
    return {name: value(exchange) for name, value in exchange.log_fields.items()}


class ErrorLog:
    """An entry for each failure: an error where no error route answered and it is the server's fault, else debug."""

    def __init__(self, config: ServerLogs | None, router: Router) -> None:
        self._naming = Naming("http.log.error", config or ServerLogs(), router)
        self._credentials = config is not None and config.should_log_credentials

    def __call__(self, exchange: Exchange, response: FrontWriter) -> None:
        """Write the entry if there was a failure."""
        error = exchange.failure or exchange.error
        if error is None:
            return
        level = logging.ERROR if exchange.failure is not None and error.status >= 500 else logging.DEBUG
        fields: dict[str, Any] | None = None
        for logger in self._naming.loggers(exchange):
            if logger.takes(level):
                fields = fields or self._fields(exchange, error)
                logger.emit(level, error.message, fields)

    def _fields(self, exchange: Exchange, error: HandlerError) -> dict[str, Any]:
        return {
            "request": shown.request(exchange, credentials=self._credentials),
            "duration": round(time.monotonic() - exchange.started, 9),
            "status": error.status,
            "err_id": error.id,
            "err_trace": error.trace,
        }
