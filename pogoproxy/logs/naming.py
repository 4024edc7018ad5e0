"""Which loggers a request's entries go to: those of its host, or those that `log_name` has chosen."""

from __future__ import annotations

from ..apps.http import ServerLogs
from ..http.exchange import Exchange
from ..http.request_placeholders import split_host
from .router import Logger, Router

_MOST_HOSTS = 1024
"""Hosts whose loggers are remembered; clients may send any."""


class Naming:
    """The loggers below `base`, such as `http.log.access`, of one server."""

    def __init__(self, base: str, config: ServerLogs, router: Router) -> None:
        self._base = base
        self._config = config
        self._router = router
        self._by_host: dict[str, tuple[Logger, ...]] = {}

    def loggers(self, exchange: Exchange) -> tuple[Logger, ...]:
        """Those that take the request."""
        chosen = exchange.vars.get("access_logger_names")
        if isinstance(chosen, list):
            return tuple(self._logger(str(name)) for name in chosen)
        found = self._by_host.get(exchange.host)
        if found is None:
            if len(self._by_host) >= _MOST_HOSTS:
                self._by_host.clear()
            names = names_of(split_host(exchange.host)[0], self._config)
            found = self._by_host[exchange.host] = tuple(map(self._logger, names))
        return found

    def _logger(self, name: str) -> Logger:
        return self._router.logger(f"{self._base}.{name}" if name else self._base)


def is_logged(host: str, config: ServerLogs) -> bool:
    """Whether requests of that host (without port) have an access log."""
    if any(_covers(pattern, host) for pattern in config.logger_names):
        return True
    return not config.skip_unmapped_hosts and not any(_covers(pattern, host) for pattern in config.skip_hosts)


def names_of(host: str, config: ServerLogs) -> tuple[str, ...]:
    """The names of the host's loggers, the empty one being that of all: an exact name counts before a wildcard."""
    labels = host.split(".")
    exact = config.logger_names.get(host)
    if exact is not None:
        return exact
    for depth in range(len(labels)):
        mapped = config.logger_names.get(".".join(["*"] * (depth + 1) + labels[depth + 1 :]))
        if mapped is not None:
            return mapped
    return (config.default_logger_name,)


def _covers(pattern: str, host: str) -> bool:
    """Whether the pattern is the host, or has `*` where the host has its first labels."""
    if pattern == host:
        return True
    wanted, labels = pattern.lower().split("."), host.lower().split(".")
    return len(wanted) == len(labels) and all(one in ("*", label) for one, label in zip(wanted, labels, strict=True))
