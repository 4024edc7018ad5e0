"""Whoever started us is told, and nobody is told twice by the pipe."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pogoproxy.notify import Notifier


@pytest.mark.parametrize("prefix", ["", "@"])
def test_systemd_is_told_what_happens(tmp_path: Path, prefix: str) -> None:
    path = f"{prefix}{tmp_path}/n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path.replace("@", "\0", 1))
        systemd.settimeout(5)
        notifier = Notifier(path)
        told = []
        for tell in (notifier.ready, notifier.reloading, notifier.stopping):
            tell()
            told.append(systemd.recv(200).decode().split("\n")[0])
    assert told == ["READY=1", "RELOADING=1", "STOPPING=1"]


def test_start_reads_one_byte_and_then_the_end() -> None:
    ready, told = os.pipe()
    notifier = Notifier(ready_fd=told)
    notifier.ready()
    notifier.ready()
    assert os.read(ready, 10) == b"1"
    assert os.read(ready, 10) == b""
    os.close(ready)


def test_without_anybody_to_tell_nothing_happens(tmp_path: Path) -> None:
    Notifier().ready()
    Notifier(str(tmp_path / "gone")).stopping()
