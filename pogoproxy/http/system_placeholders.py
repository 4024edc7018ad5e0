"""Placeholders that mean the same for whoever asks: of the system (`{system.*}`) and of the clock (`{time.now}`)."""

from __future__ import annotations

import platform
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

SYSTEM: dict[str, Callable[[object], object]] = {
    "system.hostname": lambda _: socket.gethostname(),
    "system.slash": lambda _: "/",
    "system.os": lambda _: platform.system().lower(),
    "system.wd": lambda _: str(Path.cwd()),
    "system.arch": lambda _: {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
    "time.now": lambda _: datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f +0000 UTC"),
    "time.now.http": lambda _: formatdate(usegmt=True),
    "time.now.common_log": lambda _: datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
    "time.now.year": lambda _: datetime.now(UTC).year,
    "time.now.unix": lambda _: int(time.time()),
    "time.now.unix_ms": lambda _: int(time.time() * 1000),
}
