"""Host patterns: names without case, `*` for one label, placeholders (Caddy's `host` matcher)."""

from __future__ import annotations

from collections.abc import Sequence

from .exchange import Exchange, Predicate
from .placeholders import Template, has_placeholders, template
from .request_placeholders import split_host


def match_host(patterns: Sequence[str]) -> Predicate:
    """Whether the request's host, without its port, is one of these."""
    literal = frozenset(_ascii(pattern) for pattern in patterns if "*" not in pattern and not has_placeholders(pattern))
    odd = [template(pattern) for pattern in patterns if "*" in pattern or has_placeholders(pattern)]

    def predicate(exchange: Exchange) -> bool:
        host = exchange.host.lower()
        if host in literal:
            return True
        if ":" in host:
            host = split_host(host)[0]
            if host in literal:
                return True
        return _any(odd, exchange, host) if odd else False

    return predicate


def _any(patterns: Sequence[Template], exchange: Exchange, host: str) -> bool:
    return any(_covers(pattern(exchange).lower(), host) for pattern in patterns)


def _covers(pattern: str, host: str) -> bool:
    if "*" not in pattern:
        return pattern == host
    wanted, labels = pattern.split("."), host.split(".")
    return len(wanted) == len(labels) and all(one in ("*", label) for one, label in zip(wanted, labels, strict=True))


def _ascii(name: str) -> str:
    """The name as it stands in a Host header: internationalized names in their ASCII form."""
    name = name.lower().strip("[]")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name
