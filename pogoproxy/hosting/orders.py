"""What the parent tells an app worker; apart, since the parent need not import what the worker runs on."""

from __future__ import annotations

import msgspec


class Orders(msgspec.Struct, frozen=True):
    """What an app worker is told: `listener` is a descriptor, `grace` in seconds, `threads` are for WSGI."""

    target: str
    directory: str
    listener: int
    interface: str = "auto"
    grace: float = 10.0
    threads: int = 16
