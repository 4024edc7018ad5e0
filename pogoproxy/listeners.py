"""The listening sockets of the parent: bound once, handed down to every front, kept over reloads."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping

from . import net
from .net import ListenAddress

Sockets = Mapping[ListenAddress, tuple[socket.socket, ...]]


class Listeners:
    """What is bound, by address. An address that two configs share is bound once."""

    def __init__(self) -> None:
        self._bound: dict[ListenAddress, tuple[socket.socket, ...]] = {}

    def open(self, addresses: Iterable[ListenAddress]) -> Sockets:
        """Sockets for all addresses; RuntimeFault, with nothing newly bound, if one cannot be."""
        wanted = list(dict.fromkeys(addresses))
        fresh: dict[ListenAddress, tuple[socket.socket, ...]] = {}
        try:
            for address in wanted:
                if address not in self._bound:
                    fresh[address] = tuple(net.bind(address))
        except BaseException:
            _close(fresh.values())
            raise
        self._bound |= fresh
        return {address: self._bound[address] for address in wanted}

    def keep(self, addresses: Iterable[ListenAddress]) -> None:
        """Close all others."""
        kept = set(addresses)
        gone = [address for address in self._bound if address not in kept]
        _close([self._bound.pop(address) for address in gone])

    def actual(self, addresses: Iterable[ListenAddress]) -> list[ListenAddress]:
        """The addresses with the ports that the kernel chose."""
        return [net.with_actual_port(address, bound) for address in addresses for bound in self._bound[address]]

    def close(self) -> None:
        """Close everything; nobody is accepted any more once the fronts have closed theirs, too."""
        self.keep(())


def _close(groups: Iterable[tuple[socket.socket, ...]]) -> None:
    for group in groups:
        for listening in group:
            listening.close()
