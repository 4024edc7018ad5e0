"""Does a request cost more where there are many sites? With one site and with thousands, beside Caddy.

    python benchmarks/sites.py [--sites 5000] [--busy 5000] [--rounds 5] [--seconds 2] [--connections 64] [--proxy]

Requests go at random to `--busy` of the sites, which answer by themselves or, with `--proxy`, ask the same upstream;
each proxy has connections of its own to it, so that many busy ones dial more. Each head is another one. Prints CPU
microseconds per request of the whole process tree; all run at once and are loaded in turn, and each figure is the
median of its rounds.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

import peers
from peers import Peer, Stage, cpu_seconds

HEAD = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
http://127.0.0.1:{port} {{
    respond ok
}}
"""
SITE = """
http://site%d.test:{port} {{
    %s
}}
"""
SCRIPT = """
local asked = {{}}
init = function(args)
    for number = 0, 4999 do
        asked[number] = wrk.format("GET", "/" .. number, {{["Host"] = "site" .. number % {sites} .. ".test"}})
    end
end
request = function() return asked[math.random(0, 4999)] end
"""


def measure(peer: Peer, sites: int, folder: Path, seconds: int, connections: int) -> float:
    """CPU microseconds a request."""
    script = folder / f"{peer.port}.lua"
    script.write_text(SCRIPT.format(sites=sites, port=peer.port))
    url = f"http://127.0.0.1:{peer.port}/"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    before = cpu_seconds(peer.pid)
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds(peer.pid) - before
    found = re.search(r"(\d+) requests in", said)
    assert found is not None and "Non-2xx" not in said, said
    return used / int(found[1]) * 1e6


def main() -> None:
    """Run all, print a line for each."""
    parser = peers.options(__doc__ or "", connections=64)
    parser.add_argument("--sites", type=int, default=5000)
    parser.add_argument("--busy", type=int, default=5000)
    parser.add_argument("--proxy", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        stage = Stage(Path(name), stack, options.caddy)
        upstream = stage.start_upstream(b"hello, world")
        handler = "reverse_proxy 127.0.0.1:{upstream}" if options.proxy else 'respond "hello"'
        started: dict[tuple[str, int], Peer] = {}
        for server in ("caddy", "pogoproxy"):
            for sites in (1, options.sites):
                config = HEAD + "".join(SITE % (number, handler) for number in range(sites))
                started[server, sites] = stage.start(server, config, name=f"{server}-{sites}", upstream=upstream)
        found: dict[tuple[str, int], list[float]] = {key: [] for key in started}
        for number in range(options.rounds + 1):
            for key, peer in started.items():
                cost = measure(peer, min(key[1], options.busy), stage.folder, options.seconds, options.connections)
                if number:  # the first is for warming up
                    found[key].append(cost)
    for (server, sites), costs in found.items():
        cost = statistics.median(costs)
        print(f"{server:10} {sites:6} sites {cost:7.1f} CPU µs/req  {cost / statistics.median(found[server, 1]):.2f}")


if __name__ == "__main__":
    main()
