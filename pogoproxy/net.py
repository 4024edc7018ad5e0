"""Listen addresses as Caddy writes them, and the sockets for them.

`[network/]host:port[-port]`, `unix//path[|mode]`, `fd/number`. Networks: `tcp` (the default), `tcp4`, `tcp6`.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import ConfigError, RuntimeFault

BACKLOG = 4096
"""Connections that wait to be accepted; the kernel cuts it to net.core.somaxconn. nginx asks for 511, Go for 4096."""

_FAMILIES = {"tcp": socket.AF_UNSPEC, "tcp4": socket.AF_INET, "tcp6": socket.AF_INET6}
_MOST_PORTS = 65535


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """One place to listen. `host` is the path for `unix` and the number for `fd`; "" is every interface."""

    network: str
    host: str
    port: int = 0
    mode: int | None = None
    """Permission bits of a Unix socket."""

    def __str__(self) -> str:
        if self.network in ("unix", "fd"):
            return f"{self.network}/{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'' if self.network == 'tcp' else self.network + '/'}{host}:{self.port}"


def parse(text: str) -> list[ListenAddress]:
    """The addresses of one listen string, one for each port of its range; ConfigError if it is malformed."""
    network, slash, rest = text.partition("/")
    if not slash:
        network, rest = "tcp", text
    if network == "unix":
        path, _, mode = rest.partition("|")
        return [ListenAddress("unix", path, mode=_mode(mode, text) if mode else None)]
    if network == "fd":
        return [ListenAddress("fd", str(_number(rest, text, _MOST_PORTS)))]
    if network not in _FAMILIES:
        raise ConfigError(f"network {network!r} of listen address {text!r} is understood but not supported yet")
    host, ports = _split(rest, text)
    first, dash, last = ports.partition("-")
    start = _number(first, text, _MOST_PORTS)
    end = _number(last, text, _MOST_PORTS) if dash else start
    if end < start:
        raise ConfigError(f"listen address {text!r}: the port range ends before it starts")
    return [ListenAddress(network, host, port) for port in range(start, end + 1)]


def _split(rest: str, text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*)):([\d-]+)", rest)
    if not found:
        raise ConfigError(f"listen address {text!r} is not of the form host:port")
    return found[1] or found[2] or "", found[3]


def _number(digits: str, text: str, most: int) -> int:
    if not digits.isascii() or not digits.isdigit() or int(digits) > most:
        raise ConfigError(f"listen address {text!r}: invalid number {digits!r}")
    return int(digits)


def _mode(octal: str, text: str) -> int:
    if not re.fullmatch(r"[0-7]{3,4}", octal):
        raise ConfigError(f"listen address {text!r}: invalid permission bits {octal!r}")
    return int(octal, 8)


def bind(address: ListenAddress) -> list[socket.socket]:
    """Listening sockets for the address, one a family at most; RuntimeFault with one clear line if it cannot be."""
    try:
        if address.network == "unix":
            return [_bind_unix(address)]
        if address.network == "fd":
            return [socket.socket(fileno=os.dup(int(address.host)))]
        return list(_bind_tcp(address))
    except OSError as error:
        raise RuntimeFault(f"cannot listen on {address}: {_worded(error)}") from error


def _worded(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the address is already in use by another process"
    if error.errno == errno.EACCES:
        return "permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)"
    return error.strerror or str(error)


def _bind_tcp(address: ListenAddress) -> Iterator[socket.socket]:
    if not address.host:
        yield _bind_everywhere(address)
        return
    family = _FAMILIES[address.network]
    found = socket.getaddrinfo(address.host, address.port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
    # A name is bound at its first address, IPv4 before IPv6, as Go does it.
    family, _, _, _, place = min(found, key=lambda info: info[0] != socket.AF_INET)
    yield _listening(socket.socket(family, socket.SOCK_STREAM), place)


def _bind_everywhere(address: ListenAddress) -> socket.socket:
    if address.network != "tcp4" and socket.has_ipv6:
        try:
            both = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        except OSError:  # a kernel without IPv6
            pass
        else:
            both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address.network == "tcp6")
            return _listening(both, ("::", address.port))
    return _listening(socket.socket(socket.AF_INET, socket.SOCK_STREAM), ("0.0.0.0", address.port))


def _listening(made: socket.socket, place: object) -> socket.socket:
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)  # type: ignore[arg-type]
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _bind_unix(address: ListenAddress) -> socket.socket:
    """A Unix socket; a stale file, on which nobody listens any more, is replaced, a live one is not."""
    path = Path(address.host)
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        if _is_answered(path):
            raise OSError(errno.EADDRINUSE, "in use")
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~(address.mode if address.mode is not None else 0o200))
    try:
        return _listening(made, str(path))
    finally:
        os.umask(before)


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True


def private(path: Path) -> socket.socket:
    """A listening Unix socket that only this user may reach; RuntimeFault if it cannot be."""
    (made,) = bind(ListenAddress("unix", str(path), mode=0o600))
    return made


def with_actual_port(address: ListenAddress, bound: socket.socket) -> ListenAddress:
    """The address with the port that the kernel chose for port 0."""
    if address.network in ("unix", "fd"):
        return address
    return replace(address, port=bound.getsockname()[1])
