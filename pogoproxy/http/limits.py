"""The limits of a front, which a configuration sets without loading the server."""

from __future__ import annotations

from dataclasses import dataclass

from .header_names import Passed, passed


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask of us. Times in seconds, sizes in bytes."""

    request_line: int = 16 * 1024
    """414 beyond it (nginx 8 KiB, Apache 8 KiB, HAProxy 16 KiB in all)."""
    header_bytes: int = 64 * 1024
    """431 beyond it, for one header and for the whole head (nginx 32 KiB, HAProxy 16 KiB, Go 1 MiB)."""
    header_count: int = 128
    """431 beyond it (HAProxy 101, Apache 100)."""
    read_header: float = 60.0
    body_idle: float = 60.0
    write_idle: float = 60.0
    idle: float = 300.0
    connections: int = 100_000
    passed: Passed = passed
