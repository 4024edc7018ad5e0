"""How large a process is, by the kernel's own count (proc(5), `statm`)."""

from __future__ import annotations

import os
from pathlib import Path

INTERVAL = 1.0
"""Seconds between two looks at a worker."""
_PAGE = os.sysconf("SC_PAGESIZE")


def own_bytes(pid: int) -> int:
    """The resident memory of a process without mapped files, but with what it shares with its template; 0 if gone."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE
