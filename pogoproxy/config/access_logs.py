"""Which log takes a request: a server's access logs from those of its sites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..adapt.network import split_host_port
from ..apps.http import ServerLogs
from ..handlers.log import NamedLog
from .sites import Served


@dataclass
class _Logs:
    default: str = ""
    by_host: dict[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    skips_unmapped: bool = False

    def add(self, site: Served, log: NamedLog) -> None:
        if log.has_no_hostname:
            return
        if site.is_catch_all and not log.hostnames:
            self.default = log.name
            return
        for host in log.hostnames or map(_without_port, site.log_hosts):
            self.by_host[host] = (*self.by_host.get(host, ()), log.name)

    def skip(self, site: Served) -> None:
        self.skips_unmapped |= not site.hosts
        self.skipped += site.log_hosts


def server_logs(served: Iterable[Served]) -> ServerLogs | None:
    """Log names by host, and the hosts of the sites without a log, which are skipped; None if no site has a log."""
    sites = [(site, site.block.evaluated.of(NamedLog)) for site in served]
    if not any(logs for _, logs in sites):
        return None
    found = _Logs()
    for site, logs in sites:
        for log in logs:
            found.add(site, log)
        if not logs:
            found.skip(site)
    return ServerLogs(
        default_logger_name=found.default,
        logger_names=dict(sorted(found.by_host.items())),
        skip_hosts=tuple(sorted(found.skipped)),
        skip_unmapped_hosts=found.skips_unmapped,
    )


def _without_port(host: str) -> str:
    try:
        return split_host_port(host)[0]
    except ValueError:
        return host
