"""Random texts, broken ones among them, read by Caddy and by us: the same words, the same structure, or two refusals.

A directive that lists its arguments in the JSON shows how Caddy lexed them, and nested `route` blocks show how it
structured them. The seed is fixed; `FUZZ_SEED=7 FUZZ_COUNT=5000 pytest tests/caddyfile/test_against_caddy.py` looks
further.
"""

import json
import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.tree import Segment
from pogoproxy.errors import ConfigError

pytestmark = pytest.mark.peer

SEED = int(os.environ.get("FUZZ_SEED", "1"))
COUNT = int(os.environ.get("FUZZ_COUNT", "60"))
ENVIRON = {"X": '1 "2', "Y": ""}
PIECES = [
    *("a", "b", " ", "  ", "\n", "\t", '"', "`", "\\", "#", "# c", " # c\\d", "<", "<<", "<<E", "E", "\nE", "E\n"),
    *(",", "\r\n", "\r", "\u2003", "\x0b", "é", '"q r"', "`q`", '\\"', " <<E\n b\n E", "\\\n", "\\\r\n", " \\ "),
    *("\\<<E", "{$X}", "{$Y:de f}", "{$Z:}", "{$}", ' "', '" ', "\n  ", "\n    ", " E", "x{y}"),
]
IN_SNIPPETS = [
    *("respond q", "respond {args[0]}", "respond {args[:]}", "respond {args[1]} {args[0]}", "respond {blocks.respond}"),
    *("{block}", "{blocks.k}", "import u {args[:]}", "import t {\n{block}\n}"),
]
IN_SITES = [
    *("respond a", "respond b c", "import s", "import s x y", "import t", "import f.conf", "import f*.conf p", "# c"),
    *("respond {args[:]}", "respond a \\\n b", 'respond "{" "}"', "respond <<E\nx\nE", "respond \\{args[0]\\}", "k v"),
]
BROKEN = [
    *(
        "}",
        "{",
        "route {",
        "route { respond z",
        "} respond z",
        "import",
        "import s {",
        "(u) {",
        "respond {}",
        "respond }",
    ),
    *(":8005", ":8006,", ":8007 {", "import nope", "respond", "respond a b c", ":8008{"),
]


class Refused(Exception):
    """The text is no config."""


class Beside(Exception):
    """The text is a config, but of more than this test looks at."""


def ask_caddy(caddy: str, folder: Path, text: str) -> Any:
    """The JSON that Caddy adapts a text to."""
    path = folder / "Caddyfile"
    path.write_text(text, newline="")
    command = [caddy, "adapt", "--config", str(path), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, env=ENVIRON | {"HOME": str(folder)}, timeout=30, check=False)
    if done.returncode != 0:
        raise Refused(done.stderr.decode().splitlines()[-1])
    return json.loads(done.stdout)


def compare(texts: Iterable[str], theirs: Any, ours: Any) -> None:
    """Both must give the same of each text, or refuse it."""
    for text in texts:
        results = []
        for read in (theirs, ours):
            try:
                results.append(read(text))
            except (Refused, ConfigError):
                results.append("refused")
            except Beside:
                results = []
        assert not results or results[0] == results[1], text


def test_words_are_those_that_caddy_reads(caddy: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)

    def theirs(text: str) -> Any:
        handler = ask_caddy(caddy, tmp_path, text)["apps"]["http"]["servers"]["srv0"]["routes"][0]["handle"][0]
        return handler["index_names"], handler["hide"][:-1]  # the last is the Caddyfile itself

    def ours(text: str) -> Any:
        lists: dict[str, list[str]] = {"index": [], "hide": []}
        for line in parse(text, environ=ENVIRON).sites[0].body[0].block or ():
            if line.name not in lists or not line.args or line.block is not None:
                raise Refused
            arguments = [word.text for word in line.args]
            lists[line.name] = lists["hide"] + arguments if line.name == "hide" else arguments
        return lists["index"], lists["hide"]

    pieces = ["".join(chance.choices(PIECES, k=chance.randint(1, 14))) for _ in range(COUNT)]
    compare((f":80 {{\nfile_server {{\nindex {piece}\nhide z\n}}\n}}\n" for piece in pieces), theirs, ours)


def test_structure_is_what_caddy_makes_of_it(caddy: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    (tmp_path / "f.conf").write_text("respond f {args[0]}\n{block}\n")
    (tmp_path / "f2.conf").write_text("respond f2\n")

    def theirs(text: str) -> Any:
        servers = ask_caddy(caddy, tmp_path, text).get("apps", {}).get("http", {}).get("servers", {})
        return sorted(
            (address, shape(server.get("routes", []))) for server in servers.values() for address in server["listen"]
        )

    def shape(routes: Iterable[Any]) -> list[Any]:
        handlers = [handler for route in routes for handler in route.get("handle", [])]
        return [
            shape(handler.get("routes", []))
            if handler["handler"] == "subroute"
            else [str(handler[key]) for key in ("body", "status_code") if key in handler]
            for handler in handlers
        ]

    def ours(text: str) -> Any:
        tree = parse(text, str(tmp_path / "Caddyfile"), environ=ENVIRON)
        if tree.options:
            raise Refused
        sites = sorted((key.text, body(site.body, is_site=True)) for site in tree.sites for key in site.keys)
        keys = [key for key, _ in sites]
        if not all(key.startswith(":") for key in keys):
            raise Beside
        if len(set(keys)) < len(keys):
            raise Refused
        return sites

    def body(segments: Iterable[Segment], *, is_site: bool) -> list[Any]:
        in_order = sorted(segments, key=lambda segment: is_site and segment.name == "respond")
        return [one(segment) for segment in in_order]

    def one(segment: Segment) -> list[Any]:
        arguments = [word.text for word in segment.args]
        match segment.name, len(arguments), segment.block:
            case "route", 0, block if block is not None:
                return body(block, is_site=False)
            case "respond", 1 | 2, None | ():
                return arguments
        raise Refused

    compare((site_text(chance) for _ in range(COUNT)), theirs, ours)


def site_text(chance: random.Random) -> str:
    """A file of snippets and sites, every other one with something broken in it."""
    lines = []
    for name in "stu":
        if chance.random() < 0.8:
            lines += [f"({name}) {{", *chance.choices(IN_SNIPPETS, k=chance.randint(0, 3)), "}"]
    for number in range(chance.randint(1, 2)):
        first, second = f":800{number}", f":801{number}"
        head = chance.choice([f"{first} {{", f"{first}\n{{", f"{first}, {second} {{", f"{first},\n{second} {{"])
        lines += [head, *block_lines(chance, 0), "}"]
    if chance.random() < 0.2:
        lines = [":8000", *block_lines(chance, 0)]
    if chance.random() < 0.5:
        at = chance.randrange(len(lines))
        lines[at : at + 1] = chance.choice([[], [chance.choice(BROKEN)], [lines[at], chance.choice(BROKEN)]])
    return "\n".join(lines) + "\n"


def block_lines(chance: random.Random, depth: int) -> list[str]:
    """Lines of a site or of a block in it."""
    lines: list[str] = []
    for _ in range(chance.randint(0, 3)):
        kind = chance.random()
        if kind < 0.25 and depth < 3:
            lines += ["route {", *block_lines(chance, depth + 1), "}"]
        elif kind < 0.4 and depth < 3:
            head = chance.choice(["import s {", "import t x {", "import f.conf {", "import u q r {"])
            lines += [head, *block_lines(chance, depth + 1), "}"]
        else:
            lines.append(chance.choice(IN_SITES))
    return lines
