"""The connection policies of one server, in the order in which they are tried: decisions on plain data.

The first policy that matches a handshake is taken, with all its settings. So what a wildcard demands of clients must
not hit a host below it that another site serves, and policies that say the same are one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from ..errors import ConfigError
from .connection import CertificateSelection, ConnectionPolicy
from .names import covers

_SETTINGS = {
    "alpn": "ALPN",
    "cipher_suites": "cipher suites",
    "curves": "curves",
    "default_sni": "default SNI",
    "fallback_sni": "fallback SNI",
    "protocol_min": "min protocol",
    "protocol_max": "max protocol",
}
"""Settings that two policies may not have differently, and what they are called."""


def shielded(policies: Sequence[ConnectionPolicy], hosts: Iterable[str]) -> list[ConnectionPolicy]:
    """The policies with an exemption above each wildcard that would ask these hosts for client certificates.

    The exemption is a copy without the client authentication, because the other settings of the wildcard are wanted.
    """
    exempt: list[set[str]] = [set() for _ in policies]
    for host in hosts:
        for place, policy in enumerate(policies):
            if policy.client_authentication and any("*" in name and covers(name, host) for name in policy.names):
                exempt[place].add(host)
                break
    rows: list[ConnectionPolicy] = []
    for names, policy in zip(exempt, policies, strict=True):
        if names:
            rows.append(msgspec.structs.replace(policy, client_authentication=None).for_names(sorted(names)))
        rows.append(policy)
    return rows


def consolidated(policies: Iterable[ConnectionPolicy]) -> tuple[ConnectionPolicy, ...]:
    """Those for all names last, and those that can be one combined.

    ConfigError if two match the same handshakes and contradict each other.
    """
    rows = sorted(policies, key=lambda policy: policy.match is None)
    alike = Counter(row.names for row in rows)
    at = 0
    while at < len(rows):
        # Most policies match what no other does, so that only a neighbour can be one with them.
        others = range(len(rows)) if alike[rows[at].names] > 1 else range(at + 1, min(at + 2, len(rows)))
        found = _partner(rows, at, others)
        if found is None:
            at += 1
        else:
            partner, rows[at] = found
            del rows[partner]
            alike[rows[at].names] += 1
    return tuple(rows)


def _partner(rows: Sequence[ConnectionPolicy], at: int, others: Iterable[int]) -> tuple[int, ConnectionPolicy] | None:
    """The first policy that one can be combined with, and what they come to."""
    for other in others:
        together = None if other == at else _combined(rows[at], rows[other], are_neighbours=other == at + 1)
        if together is not None:
            return other, together
    return None


def _combined(one: ConnectionPolicy, other: ConnectionPolicy, *, are_neighbours: bool) -> ConnectionPolicy | None:
    if one == other:
        return one
    if are_neighbours and one.match and other.match and one.settings == other.settings:
        return one.for_names(one.names + other.names)
    if one.match == other.match:
        return _reconciled(one, other)
    return None


def _reconciled(one: ConnectionPolicy, other: ConnectionPolicy) -> ConnectionPolicy:
    changes = {}
    for field, name in _SETTINGS.items():
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs and mine != theirs:
            raise _conflict(name, mine, theirs)
        changes[field] = mine or theirs
    if not one.client_authentication and other.client_authentication:
        raise _conflict("client auth configuration", "none", "some")
    selection = _selection(one.certificate_selection, other.certificate_selection)
    return msgspec.structs.replace(one, certificate_selection=selection, **changes)


def _selection(one: CertificateSelection | None, other: CertificateSelection | None) -> CertificateSelection | None:
    if one is None or other is None:
        return one or other
    if msgspec.structs.replace(one, any_tag=other.any_tag) != other:
        raise _conflict("cert selections", "one", "another")
    return msgspec.structs.replace(one, any_tag=tuple(dict.fromkeys(one.any_tag + other.any_tag)))


def _conflict(what: str, mine: object, theirs: object) -> ConfigError:
    return ConfigError(
        f"two policies with same match criteria have conflicting {what}: {_shown(mine)} vs. {_shown(theirs)}"
    )


def _shown(value: object) -> str:
    return f"[{' '.join(value)}]" if isinstance(value, tuple) else str(value)
