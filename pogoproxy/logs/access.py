"""Access logs: one entry for each request, with Caddy's fields."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Any

from ..adapt import fields
from ..apps.http import ServerLogs
from ..http.exchange import Exchange, HeaderList
from ..http.front_writer import FrontWriter
from .router import Router

_canonical = lru_cache(1024)(fields.canonical)

_LOGGER = "http.log.access"
_SECRET = frozenset({"Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization"})


class AccessLog:
    """Told of each exchange of one server when it is over."""

    def __init__(self, config: ServerLogs, router: Router) -> None:
        self._config = config
        self._router = router
        self._skipped = frozenset(config.skip_hosts)
        self._shows_secrets = config.should_log_credentials

    def __call__(self, exchange: Exchange, response: FrontWriter) -> None:
        """Write the entry to the loggers that the request's host has."""
        host = exchange.host.rpartition(":")[0] or exchange.host if ":" in exchange.host else exchange.host
        if host in self._skipped or exchange.vars.get("log_skip"):
            return
        entry: dict[str, Any] | None = None
        level = logging.ERROR if response.status >= 500 else logging.INFO
        for name in self._names(exchange, host):
            entry = entry or self._entry(exchange, response)
            self._router.emit(f"{_LOGGER}.{name}" if name else _LOGGER, level, "handled request", entry)

    def _names(self, exchange: Exchange, host: str) -> tuple[str, ...]:
        chosen = exchange.vars.get("access_logger_names")
        if isinstance(chosen, list):
            return tuple(map(str, chosen))
        mapped = self._config.logger_names.get(host)
        if mapped is not None:
            return mapped
        return () if self._config.skip_unmapped_hosts else (self._config.default_logger_name,)

    def _entry(self, exchange: Exchange, response: FrontWriter) -> dict[str, Any]:
        address, port = exchange.remote
        return {
            "request": {
                "remote_ip": address,
                "remote_port": str(port),
                "client_ip": exchange.client_ip,
                "proto": f"HTTP/{exchange.version[0]}.{exchange.version[1]}",
                "method": exchange.original_method,
                "host": exchange.host,
                "uri": exchange.target,
                "headers": self._headers(exchange.headers),
            },
            "bytes_read": exchange.body.received,
            "user_id": exchange.values.get("http.auth.user.id", ""),
            "duration": time.monotonic() - exchange.started,
            "size": response.sent,
            "status": response.status,
            "resp_headers": self._headers(response.headers),
            **{name: value(exchange) for name, value in exchange.log_fields.items()},
        }

    def _headers(self, headers: HeaderList) -> dict[str, list[str]]:
        shown: dict[str, list[str]] = {}
        for raw, value in headers:
            name = _canonical(raw.decode("latin-1"))
            hidden = name in _SECRET and not self._shows_secrets
            shown.setdefault(name, []).append("REDACTED" if hidden else value.decode("latin-1"))
        return shown
