"""How many clients a process has room for: each is an open file, and needs another one for its upstream."""

from __future__ import annotations

import resource

_OTHERS = 128
"""Files that are neither a client's nor an upstream's: listeners, logs, name servers, and what Python opens."""


def room_for_clients() -> int:
    """Raise this process's own limit as far as it may, as Go's runtime does; how many clients that leaves room for.

    The soft limit is 1,024 on most systems for the sake of programs that use `select`, which we do not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = hard if hard != resource.RLIM_INFINITY else 1 << 30
    return max(1, (files - _OTHERS) // 2)
