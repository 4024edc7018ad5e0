"""One upstream: where it is dialed, and what is going on there. Kept for the life of the process by `Targets`.

The counts are shared by all handlers that dial the same address, as Caddy's are, and outlive a config reload.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import ConfigError, NoUpstream, UpstreamError
from ..http.exchange import Exchange

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """What is dialed: a Unix socket's `path`, or else `host` and `port`."""

    host: str
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix/{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(dial: str) -> Address:
    """A dial address as in Caddy's JSON: `host:port`, `tcp/host:port`, `unix//path`; ConfigError if it is none."""
    network, slash, rest = dial.partition("/")
    if slash and network in ("unix", "unix+h2c"):
        if network == "unix+h2c":
            raise ConfigError(f"upstream {dial!r}: write unix/ and have the transport speak h2c")
        return Address("", path=rest)
    if slash and network not in ("tcp", "tcp4", "tcp6"):
        raise ConfigError(f"upstream {dial!r}: unsupported network {network!r}")
    host, colon, port = (rest if slash else dial).rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"upstream {dial!r} is not of the form host:port")
    return Address(host.strip("[]") or "localhost", int(port))


@dataclass(eq=False, slots=True)
class Target:
    """An upstream and its state. Two targets are the same only if they are the same object."""

    address: Address
    active: int = 0
    """Requests that it is answering."""
    fails: int = 0
    """Failures that passive health checks remember."""
    ailments: int = 0
    """Health checks that hold it down, active ones and passive ones."""
    failures: Counter[str] = field(default_factory=Counter)
    """Requests that it has failed, by the kind of error, since this process began."""

    def __str__(self) -> str:
        return str(self.address)

    def failed(self, error: UpstreamError) -> None:
        """A request has failed there."""
        self.failures[error.kind] += 1
        log.warning("upstream failed target=%s kind=%s error=%s", self, error.kind, error)

    def placeholder(self, name: str) -> object:
        """`{http.reverse_proxy.upstream.*}`."""
        match name:
            case "address":
                return str(self.address) if self.address.path else f"tcp/{self.address}"
            case "hostport":
                return self.address.path or str(self.address)
            case "host":
                return self.address.host or self.address.path
            case "port":
                return self.address.port or ""
            case "requests":
                return self.active
            case "fails":
                return self.fails
        return None


_MOST = 10_000
"""Targets that are remembered before those without requests or failures are forgotten."""


class Targets:
    """All targets of this process by dial address, made when first asked for."""

    def __init__(self, make: Callable[[Address], Target] = Target) -> None:
        self._made: dict[str, Target] = {}
        self._make = make

    def at(self, dial: str) -> Target:
        """The target for a dial address; ConfigError if it is malformed."""
        target = self._made.get(dial)
        if target is None:
            if len(self._made) >= _MOST:
                self._drop_the_idle()
            target = self._made[dial] = self._make(parse_address(dial))
        return target

    def _drop_the_idle(self) -> None:
        """Addresses may come from requests, so what nobody uses must not stay for ever."""
        for dial in [dial for dial, target in self._made.items() if not target.active and not target.fails]:
            del self._made[dial]

    def all(self) -> tuple[Target, ...]:
        """All that were ever asked for."""
        return tuple(self._made.values())


class Source(Protocol):
    """Where the targets of a proxy come from."""

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """Those that may be asked now; perhaps none."""

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """The same when there was none, after waiting for one if that makes sense; NoUpstream in the end."""

    def doubt(self, exchange: Exchange) -> None:
        """One of them has failed, and another try is due: what was looked up may be old."""


class FixedTargets:
    """A proxy's targets as the config lists them."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets

    def available(self, _: Exchange) -> Sequence[Target]:
        """All of them."""
        return self._targets

    async def wait(self, _: Exchange) -> Sequence[Target]:
        """There will never be one."""
        raise NoUpstream("no upstreams available")

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`; the config does not change."""
