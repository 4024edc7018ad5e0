"""Does anything grow? Many jobs through a whole server, some of them bad, and a look at every process now and then.

    python benchmarks/soak.py [--jobs 1000000]

Each request fans out to a hundred jobs in two pools: most are done, some fail, are cancelled, come too late or are
forgotten; some clients leave in the middle. Files, memory, threads and processes of the whole tree, zombies and
/dev/shm are counted at rest, after a first tenth and at the end; ends with status 1 if they have grown.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from peers import free_port, tree

FAN = 100
CLIENTS = 4
MEMORY_SLACK = 1.05
"""What the memory of the tree may grow by: allocators settle late."""
FILES_SLACK = 4 * CLIENTS
"""Both ends of connections to the application that are kept for the next request."""

CADDYFILE = """\
{
	admin localhost:ADMIN
	pogo {
		worker tasks
		num_threads 2
		cancel_grace 5s
		pool threads {
			worker tasks
			num_threads 8
			processes 1
			cancel_grace 5s
		}
	}
}

:PORT {
	app shop:application {
		workers 1
	}
}
"""
SHOP = """
import asyncio, json, random
from pogoproxy import JobError, TaskTimeout, spawn

async def one(nonce, dice):
    pool = dice.choice(("default", "threads"))
    match dice.randrange(50):
        case 0:
            task = spawn("Fail", {}, pool=pool)
        case 1:
            task = spawn("Nap", {"seconds": 0.01}, pool="threads")
            task.cancel()
        case 2:
            try:
                return await spawn("Nap", {"seconds": 0.01}, pool="threads").wait(timeout=dice.random() * 0.02)
            except TaskTimeout:
                return None
        case 3:
            spawn("Echo", {"nonce": nonce}, pool=pool)
            return None
        case _:
            task = spawn("Echo", {"nonce": nonce, "pad": "x" * dice.randrange(300)}, pool=pool)
            assert (await task)["nonce"] == nonce
            return nonce
    try:
        await task
    except JobError:
        return None

async def application(scope, receive, send):
    assert scope["type"] == "http"
    seed = int(scope["query_string"] or b"0")
    dice = random.Random(seed)
    if scope["path"] == "/fan":
        await asyncio.gather(*[one(f"{seed}.{n}", dice) for n in range(100)])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""
TASKS = """
import asyncio

class Echo:
    def handle(self, args):
        return args

class Fail:
    def handle(self, args):
        raise ValueError("as asked")

class Nap:
    async def handle(self, args):
        await asyncio.sleep(args["seconds"])
"""


@dataclass(frozen=True)
class Census:
    """A look at the tree of processes; memory is in KiB."""

    processes: int
    threads: int
    files: int
    memory: int
    zombies: int
    shared: int

    def __str__(self) -> str:
        return (
            f"{self.processes:4} processes {self.threads:4} threads {self.files:5} files {self.memory >> 10:6} MiB"
            f" {self.zombies:3} zombies {self.shared:3} in /dev/shm"
        )

    def has_grown_since(self, before: Census) -> bool:
        return (
            self.memory > before.memory * MEMORY_SLACK
            or self.files > before.files + FILES_SLACK
            or any(now > then for now, then in zip(self._counts(), before._counts(), strict=True))
        )

    def _counts(self) -> tuple[int, ...]:
        return self.processes, self.threads, self.zombies, self.shared


def census(pid: int) -> Census:
    processes = tree(pid)
    status = [Path(f"/proc/{each}/status").read_text() for each in processes]
    return Census(
        processes=len(processes),
        threads=sum(number(text, "Threads:") for text in status),
        files=sum(len(list(Path(f"/proc/{each}/fd").iterdir())) for each in processes),
        memory=sum(number(text, "VmRSS:") for text in status),
        zombies=sum("\nState:\tZ" in text for text in status),
        shared=len(list(Path("/dev/shm").iterdir())),
    )


def number(status: str, name: str) -> int:
    _, found, rest = status.partition(name)
    return int(rest.split()[0]) if found else 0


class Server:
    """The server under load; `port` and `admin` are where it is."""

    def __init__(self, folder: Path) -> None:
        self.port, self.admin = free_port(), free_port()
        (folder / "shop.py").write_text(SHOP)
        (folder / "tasks.py").write_text(TASKS)
        caddyfile = CADDYFILE.replace("ADMIN", str(self.admin)).replace("PORT", str(self.port))
        (folder / "Caddyfile").write_text(caddyfile)
        self.process = subprocess.Popen([sys.executable, "-m", "pogoproxy", "run"], cwd=folder)

    def load(self, first: int, requests: int) -> None:
        """So many requests, from a few connections at a time."""
        shares = [range(first + n, first + requests, CLIENTS) for n in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as threads:
            for done in [threads.submit(self._ask, share) for share in shares]:
                done.result()

    def _ask(self, seeds: range) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for seed in seeds:
            connection.request("GET", f"/fan?{seed}")
            if seed % 97 == 0:  # leaves in the middle
                connection.close()
                continue
            response = connection.getresponse()
            response.read()
            assert response.status == 200, f"request {seed}: status {response.status}"
        connection.close()

    def rest(self) -> dict[str, int]:
        """Wait until nothing runs or waits; how the tasks have ended."""
        deadline = time.monotonic() + 30
        while any(pool["busy"] or pool["queued"] for pool in self._pools()):
            assert time.monotonic() < deadline, "the pools do not come to rest"
            time.sleep(0.1)
        time.sleep(1.5)  # idle connections and the last answers
        pools = self._pools()
        assert all(pool["spawned"] == sum(pool["ended"].values()) for pool in pools), "the counters do not add up"
        return {outcome: sum(pool["ended"][outcome] for pool in pools) for outcome in pools[0]["ended"]}

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, "it does not start"
                time.sleep(0.1)

    def _pools(self) -> list[dict[str, object]]:
        with urllib.request.urlopen(f"http://localhost:{self.admin}/pogo/pools", timeout=10) as answer:
            found: list[dict[str, object]] = json.load(answer)
            return found


def soak(server: Server, requests: int) -> bool:
    """Whether nothing has grown between a tenth of the requests and their end."""
    begin = time.monotonic()
    first = max(1, requests // 10)
    server.load(0, first)
    server.rest()
    before = census(server.process.pid)
    print(f"{first * FAN:9} jobs {before}", flush=True)
    server.load(first, requests - first)
    ended = server.rest()
    after = census(server.process.pid)
    print(f"{requests * FAN:9} jobs {after}  {time.monotonic() - begin:.0f} s")
    print(" ".join(f"{outcome}={count}" for outcome, count in ended.items()))
    return not after.has_grown_since(before)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=1_000_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            server.wait_until_ready()
            is_flat = soak(server, max(10, given.jobs // FAN))
        finally:
            server.process.terminate()
            server.process.wait(30)
    print("flat" if is_flat else "IT GROWS")
    return 0 if is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
