"""The measures of `jobs.py` on gunicorn's dirty arbiters (gunicorn 25 and later), in an environment of their own.

A dirty client waits for each of its jobs, so that a fan-out of ten takes ten threads with a client each.
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULE = """
import json, time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs
from gunicorn.dirty import get_dirty_client
from gunicorn.dirty.app import DirtyApp

FAN = 10
ARGS = {"sku": "a-1"}
threads = ThreadPoolExecutor(FAN)

class Echo(DirtyApp):
    def echo(self, args):
        return args

def job(_=None):
    return get_dirty_client().execute("dirty_module:Echo", "echo", ARGS)

def round_trips(seconds):
    times, end = [], time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        job()
        times.append((time.perf_counter() - begin) * 1e6)
    return times

def fan_outs(seconds):
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        list(threads.map(job, range(FAN)))
        done += FAN
    return done / (time.perf_counter() - begin)

def application(environ, start_response):
    seconds = float(parse_qs(environ["QUERY_STRING"]).get("seconds", ["0.1"])[0])
    found = {"times": round_trips(seconds), "rate": fan_outs(seconds)}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]
"""


@dataclass(frozen=True)
class Measured:
    """Microseconds of each round trip, and jobs per second in fan-outs of ten."""

    times: list[float]
    rate: float


def measure(gunicorn: str, slots: int, seconds: float) -> Measured:
    """Run that gunicorn with `slots` dirty workers and measure from within its HTTP worker."""
    with _running(gunicorn, slots) as port:
        _ask(port, 0.2)
        return _ask(port, seconds)


def _ask(port: int, seconds: float) -> Measured:
    url = f"http://127.0.0.1:{port}/?seconds={seconds}"
    with urllib.request.urlopen(url, timeout=60 + 3 * seconds) as answer:
        return Measured(**json.load(answer))


@contextmanager
def _running(gunicorn: str, slots: int) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "dirty_module.py").write_text(MODULE)
        workers = ["--dirty-app", "dirty_module:Echo", "--dirty-workers", str(slots), "--workers", "1"]
        bind = ["--bind", f"127.0.0.1:{port}", "--timeout", "120", "--log-level", "error"]
        process = subprocess.Popen([gunicorn, *workers, *bind, "dirty_module:application"], cwd=folder)
        try:
            _wait_until_ready(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            _ask(port, 0.01)
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, "gunicorn does not start"
            time.sleep(0.2)
