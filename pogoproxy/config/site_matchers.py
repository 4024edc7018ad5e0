"""The matchers of a site, from the hosts and paths of its addresses."""

from __future__ import annotations

from ..adapt.emit import plain
from ..route import MatcherSet
from .sites import Served


def matcher_sets(site: Served) -> tuple[MatcherSet, ...]:
    """One set for each path in the addresses, with the hosts that have it.

    From the first address without a host on, no host is added, and the set of that address loses its own: Caddy
    matches all hosts then.
    """
    hosts_by_path: dict[str, list[str]] = {}
    is_for_all = False
    for address in site.addresses:
        hosts = hosts_by_path.setdefault(address.path, [])
        if not address.host and not is_for_all:
            hosts.clear()
            is_for_all = True
        if not is_for_all and address.host not in hosts:
            hosts.append(address.host)
    sets = (_set(hosts, path) for path, hosts in hosts_by_path.items())
    return tuple(matchers for matchers in sets if matchers)


def _set(hosts: list[str], path: str) -> MatcherSet:
    matchers = {"host": hosts} if hosts else {}
    if path:
        matchers["path"] = [path]
    return {name: plain(value) for name, value in matchers.items()}
