"""`apps.frankenphp`: how FrankenPHP runs PHP."""

from __future__ import annotations

import msgspec

from ..handlers.php_worker import Worker
from ..module import Duration

AUTO = -1
"""`max_threads auto`."""


class FrankenPHPApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Threads for requests without a worker, two for each CPU by default, and workers for all sites.

    A request waits for `max_wait_time` at most, by default without end; threads beyond `num_threads` end after
    `max_idle_time`; a thread starts anew after `max_requests`.
    """

    num_threads: int = 0
    max_threads: int = 0
    workers: tuple[Worker, ...] = ()
    php_ini: dict[str, str] = msgspec.field(default_factory=dict)
    max_wait_time: Duration = 0
    max_idle_time: Duration = 0
    max_requests: int = 0
