"""Log lines beside Caddy's: the same requests, the same configuration, each entry field by field."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server, eventually, free_port

pytestmark = [pytest.mark.peer, pytest.mark.e2e]

_ALONE = frozenset({"ts", "duration", "err_id", "err_trace", "bytes", "remote_port"})
"""Fields whose values differ from run to run, and are compared by type."""
_HEADERS = frozenset({"Server", "Date", "Content-Length"})
"""Fields of answers that only one of both knows when it logs."""

CONFIG = """
{
	admin off
	persist_config off
	auto_https off
	servers {
		OPTIONS
	}
}
http://localhost:PORT, http://127.0.0.1:PORT {
	log plain {
		output file FOLDER/plain.log
	}
	log shaped {
		output file FOLDER/shaped.log
		format json {
			time_format wall_milli
			duration_format string
			level_format upper
			message_key message
			name_key ""
		}
	}
	log filtered {
		output file FOLDER/filtered.log
		format filter {
			request>remote_ip ip_mask 8 16
			request>client_ip hash
			request>uri query {
				replace secret REDACTED
				hash user
				delete gone
			}
			request>headers>Cookie cookie {
				replace session x
				hash user
				delete gone
			}
			request>headers>User-Agent delete
			request>headers>X-Number regexp [0-9]+ n
			request>headers>X-Many hash
			request>proto rename protocol
			request>method replace VERB
			resp_headers>Set-Cookie set_cookie {
				replace session y
			}
			status replace none
			size hash
			none>of>these delete
			user_id multi_regexp {
				regexp a b
			}
		}
	}
	log appended {
		output file FOLDER/appended.log
		format append {
			number 5
			text five
			home {env.WHERE}
		}
	}
	log sampled {
		output file FOLDER/sampled.log
		sampling {
			interval 1h
			first 2
			thereafter 3
		}
	}
	log people {
		output file FOLDER/people.log
		format console {
			time_format "no time"
		}
	}
	log system {
		output file FOLDER/system.log
		format journald {
			wrap json {
				time_key ""
			}
		}
	}
	log loud {
		output file FOLDER/loud.log
		level ERROR
	}
	header X-A 1
	header X-Two "{http.request.method}"
	log_append kind {http.request.header.X-Kind}
	@quiet path /quiet
	log_skip @quiet
	handle /changed {
		request_header X-Kind changed
		request_header -User-Agent
		rewrite /other
		log_append said {http.response.body}
		respond "changed {uri}"
	}
	handle /cookie {
		header Set-Cookie "session=secret; Path=/"
		respond "c" 201
	}
	handle /fails {
		error "out of order" 503
	}
	handle /missing {
		error "nothing here" 404
	}
	handle /nobody* {
		header X-Nobody 1
	}
	handle {
		respond "hello"
	}
}
"""

COOKIE = "Cookie: session=s; user=u; gone=g; kept=k"
GETS = ("/", "/?a=b&secret=1&user=2&gone=3&c=%26", "/quiet", "/cookie", "/%41?%zz", "/fails", "/missing", "/nobody")
REQUESTS = [
    *(f"GET {target} HTTP/1.1" for target in (*GETS, "/nobody/else")),
    *(f"{method} /changed HTTP/1.1" for method in ("GET", "POST", "PURGE")),
    "GET / HTTP/1.0",
]


class Peer:
    """A server and the folder that it logs to."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def entries(self, name: str) -> list[Any]:
        path = self.folder / f"{name}.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line[line.index("{") :]) for line in lines]

    def lines(self, name: str) -> list[str]:
        return (self.folder / f"{name}.log").read_text().splitlines()


def ask(port: int) -> None:
    import socket

    for number, request in enumerate(REQUESTS):
        with socket.create_connection(("127.0.0.1", port), 10) as made:
            fields = [
                "Host: " + ("localhost" if number % 2 else "127.0.0.1") + f":{port}",
                "Connection: close",
                "user-agent: tester",
                COOKIE,
                "Authorization: Basic c2VjcmV0",
                f"X-Number: {number}",
                "X-Many: one",
                "x-many: two",
                "X-Kind: sort",
                f"X-Forwarded-For: 192.0.2.{number}",
            ]
            body = "Content-Length: 4\r\n\r\nbody" if request.startswith("POST") else "\r\n"
            made.sendall((request + "\r\n" + "\r\n".join(fields) + "\r\n" + body).encode())
            while made.recv(65536):
                pass


def _folders(tmp_path_factory: pytest.TempPathFactory, options: str) -> Iterator[tuple[Path, int, str]]:
    for name in ("caddy", "ours"):
        folder, port = tmp_path_factory.mktemp(name), free_port()
        text = CONFIG.replace("FOLDER", str(folder)).replace("OPTIONS", options)
        yield folder, port, text


@pytest.fixture(scope="module", params=["log_credentials", "trusted_proxies static 127.0.0.0/8"])
def peers(
    caddy: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Peer, Peer]]:
    """Caddy and us, after all requests have been logged."""
    theirs, ours = _folders(tmp_path_factory, request.param)
    folder, port, text = theirs
    (folder / "Caddyfile").write_text(text.replace("PORT", str(port)))
    environment = {**os.environ, "HOME": str(folder), "WHERE": "somewhere"}
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        assert eventually(lambda: "server running" in (folder / "out").read_text(), 30), (folder / "out").read_text()
        ask(port)
    finally:
        process.terminate()
        process.wait(20)
    os.environ["WHERE"] = "somewhere"
    # One process, so that the entries stand in order and are counted together.
    text = ours[2].replace("{\n", "{\n\tfronts 1\n", 1)
    server = Server(ours[0], text.replace("127.0.0.1:PORT", f"127.0.0.1:{ours[1]}"), ours[1])
    try:
        assert eventually(lambda: "serving http" in server.log, 30), server.log
        ask(ours[1])
        server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait(10)
        del os.environ["WHERE"]
    yield Peer(folder, port), Peer(ours[0], ours[1])


def typed(value: Any, port: int) -> Any:
    """The entry without what differs from run to run."""
    if not isinstance(value, dict):
        return value.replace(f":{port}", ":PORT") if isinstance(value, str) else value
    return {
        name: type(item).__name__ if name in _ALONE else typed(item, port)
        for name, item in value.items()
        if name not in _HEADERS and item is not None
    }


@pytest.mark.parametrize("name", ["plain", "shaped", "filtered", "appended", "sampled", "loud", "system"])
def test_entries_have_caddys_fields_types_and_values(peers: tuple[Peer, Peer], name: str) -> None:
    wanted, found = ([typed(entry, peer.port) for entry in peer.entries(name)] for peer in peers)
    assert wanted
    for one, other in zip(found, wanted, strict=True):
        assert one == other


def test_lines_for_people_have_caddys_columns(peers: tuple[Peer, Peer]) -> None:
    wanted, found = ([line.split("\t")[:4] for line in peer.lines("people")] for peer in peers)
    assert found == wanted


def test_lines_for_journald_have_caddys_priorities(peers: tuple[Peer, Peer]) -> None:
    wanted, found = ([line[:3] for line in peer.lines("system")] for peer in peers)
    assert found == wanted
