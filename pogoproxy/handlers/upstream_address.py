"""Addresses of upstreams as the Caddyfile has them: `host`, `host:port`, `unix//path`, with a range of ports."""

from __future__ import annotations

from ..adapt.network import NetworkAddress, is_socket_path, join_host_port, split_network_address
from ..caddyfile.tree import Word

DEFAULT_PORT = "80"


def dial_addresses(word: Word) -> list[str]:
    """What to dial, one for each port of a range; ConfigError for an address that is none."""
    try:
        network, host, port = split_network_address(word.text)
    except ValueError:
        network, host, port = "", word.text, ""
    if is_socket_path(network):
        return [f"{network}/{host}"]
    if not port and "{" in host:
        return [host]
    if "-" in port and "{" not in port:
        ports = NetworkAddress.of(network, host, port)
        return [join_host_port(host, str(number)) for number in range(ports.start, ports.end + 1)]
    joined = join_host_port(host, port or DEFAULT_PORT)
    return [f"{network}/{joined}" if network else joined]
