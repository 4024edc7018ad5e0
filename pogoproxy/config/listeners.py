"""From sites to servers: which listeners each site is served on, and which listeners serve the same sites.

A site is served where its address and its `bind` put it, and nowhere else, since the difference between two
interfaces may be that between private and public. Listeners that serve the very same sites become one server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..adapt.network import NetworkAddress, split_network_address
from ..caddyfile.mistakes import Mistakes
from ..handlers.bind import Bind
from .sites import Block, Key, Served, parse_keys

DEFAULT_PROTOCOLS = ""
"""Stands for a listener whose protocols are not written out."""

Listener = tuple[str, str]
"""An address and one protocol on it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that stand for a scheme."""

    http: str = "80"
    https: str = "443"


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on; no protocols means the server's."""

    address: str
    protocols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairing:
    """Listeners and the sites they serve, the narrower first: a server in the making."""

    listen: tuple[Listen, ...]
    served: tuple[Served, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses to listen on."""
        return tuple(listen.address for listen in self.listen)


def pairings(blocks: Iterable[Block], ports: Ports, default_bind: Iterable[Bind]) -> list[Pairing]:
    """The servers in the making, in the order that numbers them; ConfigError for an address that cannot be served."""
    by_listener: dict[Listener, list[Served]] = {}
    defaults = list(default_bind)
    mistakes = Mistakes()
    for block in blocks:
        binds = block.evaluated.of(Bind) or defaults or [Bind()]
        with mistakes.gathered():
            for listener, keys in _keys_by_listener(block, binds, ports).items():
                by_listener.setdefault(listener, []).append(Served(block, tuple(keys)))
    mistakes.settle()
    return list(_consolidated(by_listener))


def _keys_by_listener(block: Block, binds: list[Bind], ports: Ports) -> dict[Listener, list[Key]]:
    found: dict[Listener, list[Key]] = {}
    for key in parse_keys(block.site):
        for address, protocols in _listeners(key, binds, ports).items():
            for protocol in protocols or (DEFAULT_PROTOCOLS,):
                found.setdefault((address, protocol), []).append(key)
    return dict(sorted(found.items()))


def _listeners(key: Key, binds: list[Bind], ports: Ports) -> dict[str, tuple[str, ...]]:
    port = _port(key, ports)
    found: dict[str, tuple[str, ...]] = {}
    for bind in binds:
        for host in bind.addresses:
            try:
                network, name, _ = split_network_address(host)
                address = NetworkAddress.of(network, name, port)
            except ValueError as wrong:
                raise key.word.error(f"parsing network address: {wrong}") from None
            found[str(address)] = tuple(sorted(set(bind.protocols)))
    return found


def _port(key: Key, ports: Ports) -> str:
    address = key.address
    if address.scheme in ("ws", "wss"):
        instead = address.scheme.replace("ws", "http")
        raise key.word.error(f"the scheme {address.scheme}:// is only supported in browsers; use {instead}:// instead")
    if address.scheme not in ("", "http", "https"):
        raise key.word.error(f"unsupported URL scheme {address.scheme}://")
    port = address.port or (ports.http if address.scheme == "http" else ports.https)
    if (address.scheme, port) in (("http", ports.https), ("https", ports.http)):
        raise key.word.error(f"[{address}] scheme and port violate convention")
    return port


def _consolidated(by_listener: Mapping[Listener, list[Served]]) -> Iterator[Pairing]:
    alike: dict[object, list[Listener]] = {}
    for listener, served in by_listener.items():
        alike.setdefault(_identity(served), []).append(listener)
    taken: set[Listener] = set()
    protocols: dict[str, list[str]] = {}
    for address, protocol in sorted(by_listener):
        protocols.setdefault(address, []).append(protocol)
    for address, names in protocols.items():
        # An address whose first protocol takes the others along leaves empty servers behind, as in Caddy.
        for listener in [(address, name) for name in names if (address, name) not in taken]:
            if listener in taken:
                yield Pairing((), ())
                continue
            same = alike[_identity(by_listener[listener])]
            taken.update(same)
            yield Pairing(_listens(same), tuple(sorted(by_listener[listener], key=lambda site: site.rank)))


def _identity(served: list[Served]) -> object:
    return tuple((id(part.block), tuple(map(id, part.keys))) for part in served)


def _listens(listeners: list[Listener]) -> tuple[Listen, ...]:
    by_address: dict[str, list[str]] = {}
    for address, protocol in sorted(listeners):
        by_address.setdefault(address, []).append(protocol)
    return tuple(
        Listen(address, tuple(protocols) if any(protocols) else ()) for address, protocols in by_address.items()
    )
