"""Log lines into a socket. While nobody takes them there, they go to standard error, as in Caddy."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

from ..errors import ConfigError, RuntimeFault
from .sinks import to_descriptor

_REDIAL = 10.0
"""Seconds between two tries to connect again; as in Caddy."""

_PATIENCE = 10.0
"""Seconds for a connection, unless `dial_timeout` says otherwise, and for the other side to take what we write."""

_KINDS = {
    "tcp": (socket.AF_UNSPEC, socket.SOCK_STREAM),
    "tcp4": (socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
    "udp": (socket.AF_UNSPEC, socket.SOCK_DGRAM),
    "udp4": (socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "unixgram": (socket.AF_UNIX, socket.SOCK_DGRAM),
}

_to_stderr = to_descriptor(2)


class Remote:
    """Where to: `network/host:port`, `unix//path`; ConfigError if the address is none."""

    def __init__(self, address: str) -> None:
        network, slash, rest = address.partition("/")
        self.network, self.place = (network, rest) if slash else ("tcp", address)
        if self.network not in _KINDS:
            raise ConfigError(f"parsing network address '{address}': unknown network {self.network!r}")
        self.is_local = self.network.startswith("unix")
        self.host, _, port = self.place.rpartition(":")
        if not self.is_local and not port.isdigit():
            raise ConfigError(f"parsing network address '{address}': multiple ports or none")
        self.port = 0 if self.is_local else int(port)

    @property
    def takes_datagrams(self) -> bool:
        """Whether each line is a message of its own."""
        return _KINDS[self.network][1] == socket.SOCK_DGRAM

    def dial(self, timeout: float) -> socket.socket:
        """A connection; OSError if there is none."""
        family, kind = _KINDS[self.network]
        if self.is_local:
            return _connected(socket.socket(family, kind), self.place, timeout)
        found = socket.getaddrinfo(self.host.strip("[]") or "localhost", self.port, family, kind)
        family, kind, protocol, _, place = found[0]
        return _connected(socket.socket(family, kind, protocol), place, timeout)


def _connected(made: socket.socket, place: object, timeout: float) -> socket.socket:
    try:
        made.settimeout(timeout)
        made.connect(place)  # type: ignore[arg-type]
        made.settimeout(_PATIENCE)
    except OSError:
        made.close()
        raise
    return made


class SocketWriter:
    """Calling it writes lines. Connects at once, RuntimeFault if that cannot be, unless `soft_start` is set."""

    def __init__(
        self,
        address: str,
        dial_timeout: float = 0.0,
        *,
        soft_start: bool = False,
        clock: Callable[[], float] = time.monotonic,
        instead: Callable[[bytes], None] = _to_stderr,
    ) -> None:
        self._remote = Remote(address)
        self._timeout = dial_timeout or _PATIENCE
        self._clock = clock
        self._instead = instead
        self._tried = clock() - _REDIAL
        self._socket: socket.socket | None = None
        try:
            self._socket = self._remote.dial(self._timeout)
        except (OSError, UnicodeError) as error:  # the latter for a name that is none
            if not soft_start:
                raise RuntimeFault(f"cannot connect to log output {address}: {error}") from error
            instead(f"net log writer failed to connect: {address}: {error}\n".encode())

    def __call__(self, data: bytes) -> None:
        """Write to the socket; after a failure once more to a new one, unless the last try was just now."""
        if not self._try(data) and not self._try(data):
            self._instead(data)

    def _try(self, data: bytes) -> bool:
        try:
            if self._is_connected():
                self._send(data)
                return True
        except OSError:
            self._hang_up()
        return False

    def _is_connected(self) -> bool:
        if self._socket is None and self._clock() - self._tried >= _REDIAL:
            self._tried = self._clock()
            with contextlib.suppress(OSError):
                self._socket = self._remote.dial(self._timeout)
        return self._socket is not None

    def _send(self, data: bytes) -> None:
        assert self._socket is not None
        if self._remote.takes_datagrams:
            for line in data.splitlines(keepends=True):
                self._socket.send(line)
        else:
            self._socket.sendall(data)

    def close(self) -> None:
        """Close the connection."""
        self._hang_up()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
