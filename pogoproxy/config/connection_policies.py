"""TLS connection policies of a server: how handshakes are answered, by server name."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..adapt.adaptation import Adaptation
from ..apps.http import AutomaticHTTPS
from .listeners import Ports
from .sites import Served


def connection_policies(
    listen: Iterable[str],
    served: Iterable[Served],
    automatic: AutomaticHTTPS | None,
    ports: Ports,
    adaptation: Adaptation,
) -> tuple[msgspec.Raw, ...]:
    """The policies; where a site wants TLS and automatic HTTPS would not add one, one for all names."""
    will_skip = automatic.skip if automatic else ()
    skipped: set[str] = set()  # in the order of the file: what comes before its http:// twin counts still
    wants_tls = False
    is_automatic = not (automatic and automatic.disable)
    for address in (address for site in served for address in site.addresses):
        if address.scheme == "http" and address.host in will_skip:
            skipped.add(address.host)
        has_name = bool(address.host) and address.host not in skipped
        if address.scheme == "https" or (address.scheme != "http" and address.port != ports.http and has_name):
            wants_tls = True
        is_automatic &= address.port == ports.https or (address.port != ports.http and bool(address.host))
    return (msgspec.Raw(b"{}"),) if wants_tls and not is_automatic else ()
