"""What a certificate may be for: public and internal names, addresses, wildcards. Rules as Caddy (certmagic) has them.

Internal names get a certificate of the local authority, since no public one may vouch for them.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

import idna

_INTERNAL_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")
_INTERNAL_NETWORKS = tuple(
    ipaddress.ip_network(network, strict=False)
    for network in (
        "127.0.0.0/8",
        "0.0.0.0/16",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/7",
        "fe80::/10",
        "fc00::/7",
    )
)
_FORBIDDEN = frozenset("()[]{}<> \t\n\"\\!@#$%^&|;'+=")


def is_address(name: str) -> bool:
    """Whether it is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_internal(name: str) -> bool:
    """Whether only this machine or network knows the name or address."""
    host = name.removesuffix(".").lower().strip("[]")
    if host == "localhost" or host.endswith(_INTERNAL_SUFFIXES):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _INTERNAL_NETWORKS)


def is_tailscale(name: str) -> bool:
    """Whether Tailscale's own daemon gives the certificate."""
    return name.lower().endswith(".ts.net")


def qualifies(name: str) -> bool:
    """Whether any authority could make a certificate for the name."""
    if not name.strip() or name.startswith(".") or name.endswith(".") or _FORBIDDEN.intersection(name):
        return False
    return "*" not in name or name.startswith("*.") or name == "*"


def qualifies_publicly(name: str) -> bool:
    """Whether a public authority would: no internal name, at most one wildcard, and that above two labels."""
    if not qualifies(name) or is_internal(name):
        return False
    return "*" not in name or (name.startswith("*.") and name.count("*") == 1 and name.count(".") > 1)


@lru_cache(maxsize=10_000)
def is_public(name: str, *, on_demand: bool = False) -> bool:
    """Whether the name is left to the public issuers where none is configured.

    Addresses are not: a public authority that takes them wants an account. `*.*.tld` is only when certificates are
    obtained on demand, because then the whole name is known.
    """
    return not is_address(name) and not is_internal(name) and (name.count("*.") < 2 or on_demand)


def covers(pattern: str, name: str) -> bool:
    """Whether a name, without case, is the pattern or fits its wildcards, which stand for leading labels."""
    return pattern.lower() in patterns_for(name.lower())


@lru_cache(maxsize=10_000)
def patterns_for(name: str) -> frozenset[str]:
    """The patterns, in lower case, that such a name fits: itself, and with a wildcard for one leading label or more."""
    labels = name.split(".")
    patterns = {name}
    for place, label in enumerate(labels):
        if label:
            labels[place] = "*"
            patterns.add(".".join(labels))
    return frozenset(patterns)


@lru_cache(maxsize=10_000)
def to_ascii(name: str) -> str:
    """A name as it travels in a ClientHello: in lower case, other letters than ASCII's in Punycode (RFC 5891)."""
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return name.lower()
