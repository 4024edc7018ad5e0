"""What does a big config cost? Parsing and adapting many sites of six lines each, beside `caddy adapt`.

    python benchmarks/config.py [--sites 5000] [--caddy PATH]

CPU seconds of whole processes, start-up included, the best of three. The half-size row shows whether it grows linearly.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SITE = """\
site{number}.example.com {{
	reverse_proxy 127.0.0.1:{port}
	header X-Site "site {number}"
	encode gzip
	handle_path /static/* {{
		file_server
	}}
}}
"""
PARSE = """
import sys
from pathlib import Path
from pogoproxy.caddyfile.parse import parse
parse(Path(sys.argv[1]).read_text())
"""
RUNS = 3


def main() -> None:
    """Print one row for half the sites and one for all."""
    arguments = argparse.ArgumentParser(description="What does a big config cost?")
    arguments.add_argument("--sites", type=int, default=5000)
    arguments.add_argument("--caddy", default=os.environ.get("CADDY") or shutil.which("caddy"))
    args = arguments.parse_args()
    commands: dict[str, Sequence[str]] = {
        "parse": [sys.executable, "-c", PARSE],
        "adapt": [sys.executable, "-m", "pogoproxy", "adapt", "--adapter", "caddyfile", "--config"],
    }
    if args.caddy:
        commands["caddy adapt"] = [args.caddy, "adapt", "--adapter", "caddyfile", "--config"]
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.machine()}; CPU seconds")
    print(f"{'sites':>8}" + "".join(f"{name:>14}" for name in commands))
    for sites in (args.sites // 2, args.sites):
        print(f"{sites:>8}" + "".join(f"{measure(command, sites):>14.2f}" for command in commands.values()))


def measure(command: Sequence[str], sites: int) -> float:
    """CPU seconds of the command on a config of so many sites."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Caddyfile")
        path.write_text("\n".join(SITE.format(number=number, port=8000 + number % 1000) for number in range(sites)))
        return min(cpu_seconds([*command, str(path)]) for _ in range(RUNS))


def cpu_seconds(command: Sequence[str]) -> float:
    """CPU seconds, of user and system, of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
