"""A server speaks either HTTP or HTTPS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import ConfigError
from .listeners import Ports
from .sites import Key, Served


def refuse_conflicts(listen: Sequence[str], served: Iterable[Served], policies: Sequence[object], ports: Ports) -> None:
    """ConfigError if the sites of one server want both, or if one for HTTP has TLS settings."""
    agreed = ""
    for key in (key for site in served for key in site.keys):
        wanted = _wanted(key, bool(policies), ports)
        if not wanted:
            continue
        if wanted == "HTTP" and agreed != "HTTPS" and policies:
            raise key.word.error(
                f"server listening on [{' '.join(listen)}] is HTTP, but attempts to configure TLS connection policies"
            )
        if agreed and agreed != wanted:
            raise _conflict(listen, key, agreed)
        agreed = wanted


def _wanted(key: Key, has_policies: bool, ports: Ports) -> str:
    address = key.address
    if address.scheme == "http" or address.port == ports.http:
        return "HTTP"
    if address.scheme == "https" or address.port == ports.https or has_policies:
        return "HTTPS"
    return "" if address.host else "HTTP"


def _conflict(listen: Sequence[str], key: Key, agreed: str) -> ConfigError:
    address = key.address
    advice = agreed == "HTTPS" and not address.scheme and not address.host
    return key.word.error(
        f"server listening on [{' '.join(listen)}] is configured for {agreed} and cannot natively multiplex HTTP and"
        f" HTTPS: {address.original}" + (" (try specifying https:// in the address)" if advice else "")
    )
