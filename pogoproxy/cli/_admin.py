"""What commands that talk to a running server share: finding its admin API and asking it."""

from __future__ import annotations

import http.client
import json
import socket

from ..admin.address import address_of
from ..config.root import Admin
from ..errors import RuntimeFault
from ..net import ListenAddress, parse

_TIMEOUT = 120.0
"""Seconds for an answer; a reload waits for the new application to start."""


def post(admin: Admin | None, address: str, path: str, body: bytes = b"", *, is_forced: bool = False) -> None:
    """POST to the API at `address`, by default where the config has it; RuntimeFault with what it says."""
    headers = {"Content-Type": "application/json", **({"Cache-Control": "must-revalidate"} if is_forced else {})}
    _ask(admin, address, "POST", path, body, headers)


def get(admin: Admin | None, address: str, path: str) -> bytes:
    """GET from the same place; the answer's body."""
    return _ask(admin, address, "GET", path, b"", {})


def _ask(admin: Admin | None, address: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:  # noqa: PLR0917
    where = parse(address)[0] if address else address_of(admin or Admin())
    if not address and admin is not None and admin.disabled:
        raise RuntimeFault("the config turns the admin API off: send SIGUSR1 to reload and SIGTERM to stop")
    connection = _UnixConnection(where.host) if where.network == "unix" else _tcp(where)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read()
    except OSError as error:
        raise RuntimeFault(f"no server answers at {_shown(where)}: {error.strerror or error}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise RuntimeFault(_message(text) or f"the server at {_shown(where)} answers {response.status}")
    return text


def _tcp(where: ListenAddress) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(where.host or "localhost", where.port, timeout=_TIMEOUT)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of the host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT)
        self.sock.connect(self._path)


def _shown(where: ListenAddress) -> str:
    return str(where) if where.network == "unix" else f"{where.host or 'localhost'}:{where.port}"


def _message(text: bytes) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return ""
