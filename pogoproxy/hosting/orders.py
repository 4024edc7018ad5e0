"""What the parent tells an app worker; apart, since the parent need not import what the worker runs on."""

from __future__ import annotations

import msgspec


class Orders(msgspec.Struct, frozen=True):
    """What an app worker is told: `listener` is a descriptor, `threads` are for WSGI.

    `grace` is for requests that still run at the end, `timeout` for each request, both in seconds; 0 is no limit.
    """

    target: str
    directory: str
    listener: int
    interface: str = "auto"
    grace: float = 10.0
    threads: int = 16
    timeout: float = 0.0
