"""Random Caddyfiles, and broken ones, adapted by Caddy and by us. Caddy is asked over its admin API.

By hand: `POGOPROXY_SEEDS=1000:20000 pytest tests/config/test_differential.py`.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.caddyfile.render import render
from pogoproxy.config.adapt import adapt
from pogoproxy.errors import ConfigError, ConfigErrors
from pogoproxy.standard import LANGUAGE
from tests.config.caddyfiles import Author
from tests.config.certificates import CertificateAuthor

pytestmark = pytest.mark.peer

FIRST, END = map(int, os.environ.get("POGOPROXY_SEEDS", "0:300").split(":"))

STRICTER = "already specified"
"""Where Caddy lets a repetition win in silence, we refuse it."""

Answer = tuple[Any, str]
"""The adapted configuration and "", or None and the mistake."""


class OnSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


@pytest.fixture(scope="module")
def ask_caddy(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Answer]]:
    folder = tmp_path_factory.mktemp("caddy")
    path = folder / "admin"
    (folder / "caddy.json").write_text(json.dumps({"admin": {"listen": f"unix/{path}", "config": {"persist": False}}}))
    command = [caddy, "run", "--config", str(folder / "caddy.json")]
    process = subprocess.Popen(command, env={**os.environ, "HOME": str(folder)}, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not path.exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.02)
        yield lambda text: post(path, text)
    finally:
        process.terminate()
        process.wait(20)


def post(path: Path, text: str) -> Answer:
    connection = OnSocket(path)
    connection.request("POST", "/adapt", text.encode(), {"Content-Type": "text/caddyfile"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return (answer["result"], "") if "result" in answer else (None, answer["error"])


def ours(text: str) -> Answer:
    try:
        return json.loads(adapt(text, "Caddyfile", LANGUAGE).text()), ""
    except (ConfigError, ConfigErrors) as wrong:
        return None, render(wrong)


@pytest.mark.parametrize("author", [Author, CertificateAuthor])
def test_random_files_adapt_as_caddy_adapts_them(
    author: type[Author | CertificateAuthor], ask_caddy: Callable[[str], Answer]
) -> None:
    for seed in range(FIRST, END):
        text = author(seed).caddyfile()
        (wanted, refusal), (found, mistake) = ask_caddy(text), ours(text)
        if STRICTER not in mistake:
            assert settled(found) == settled(wanted), f"seed {seed}: {refusal or mistake}\n{text}"


def settled(config: Any) -> Any:
    """The same with the subjects of policies sorted, since Caddy's order of some is a different one each time."""
    if isinstance(config, dict):
        return {key: sorted(value) if key == "subjects" else settled(value) for key, value in config.items()}
    return list(map(settled, config)) if isinstance(config, list) else config


@pytest.mark.parametrize("author", [Author, CertificateAuthor])
def test_broken_files_are_refused_or_adapted_as_caddy_does(
    author: type[Author | CertificateAuthor], ask_caddy: Callable[[str], Answer]
) -> None:
    """What Caddy refuses we refuse, and what both accept is the same. A few files that it accepts are refused here."""
    for seed in range(FIRST, END):
        text = author(seed).broken()
        (wanted, refusal), (found, _) = ask_caddy(text), ours(text)
        assert found is None or settled(found) == settled(wanted), f"seed {seed}: {refusal}\n{text}"
