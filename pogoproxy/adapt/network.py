"""Network addresses as text: `[network/]host:port`, `unix//path`, `fd/3`, and port ranges, in Caddy's normal form."""

from __future__ import annotations

from dataclasses import dataclass

WIDEST_RANGE = 65535


def split_host_port(address: str) -> tuple[str, str]:
    """Host and port, without an IPv6 host's brackets; ValueError in the words of Go's `net.SplitHostPort`."""
    host, colon, port = address.rpartition(":")
    if not colon:
        raise ValueError(f"address {address}: missing port in address")
    if address.startswith("["):
        end = address.find("]")
        if end < 0:
            raise ValueError(f"address {address}: missing ']' in address")
        if end + 1 == len(address):
            raise ValueError(f"address {address}: missing port in address")
        if end + 1 != len(host):
            problem = "too many colons" if address[end + 1] == ":" else "missing port"
            raise ValueError(f"address {address}: {problem} in address")
        host, inner, rest = address[1:end], address[1:], address[end + 1 :]
    else:
        if ":" in host:
            raise ValueError(f"address {address}: too many colons in address")
        inner, rest = address, address
    if "[" in inner:
        raise ValueError(f"address {address}: unexpected '[' in address")
    if "]" in rest:
        raise ValueError(f"address {address}: unexpected ']' in address")
    return host, port


def join_host_port(host: str, port: str) -> str:
    """`host:port`, with brackets where the host has a colon."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_socket_path(network: str) -> bool:
    """Whether addresses of this network are paths or descriptors, which have no port."""
    return network.startswith(("unix", "fd"))


def split_network_address(address: str) -> tuple[str, str, str]:
    """Network, host and port, each possibly empty; ValueError if the host and port are malformed."""
    before, slash, after = address.partition("/")
    network = before.strip().lower() if slash else ""
    rest = after if slash else address
    if is_socket_path(network):
        return network, rest, ""
    try:
        return network, *split_host_port(rest)
    except ValueError:
        return network, split_host_port(join_host_port(rest.strip("[]"), "0"))[0], ""


@dataclass(frozen=True, slots=True)
class NetworkAddress:
    """Where to listen or dial; `start` and `end` are the inclusive range of ports, 0 where there is none."""

    network: str
    host: str
    start: int = 0
    end: int = 0

    @classmethod
    def parse(cls, address: str, network: str = "tcp", port: int = 0) -> NetworkAddress:
        """Parse with defaults; ValueError in Caddy's words."""
        return cls.of(*split_network_address(address), default=network, port=port)

    @classmethod
    def of(cls, network: str, host: str, ports: str, *, default: str = "tcp", port: int = 0) -> NetworkAddress:
        """From its parts, `ports` being empty, a port or a range; ValueError in Caddy's words."""
        network = network or default
        if is_socket_path(network):
            return cls(network, host)
        if not ports:
            return cls(network, host, port, port)
        first, dash, last = ports.partition("-")
        start = _port(first, "start")
        end = _port(last, "end") if dash else start
        if end < start:
            raise ValueError("end port must not be less than start port")
        return cls(network, host, start, end)

    @property
    def ports(self) -> str:
        """`80` or `8000-8010`."""
        return str(self.start) if self.start == self.end else f"{self.start}-{self.end}"

    def __str__(self) -> str:
        """Caddy's form; the default network `tcp` is left out."""
        if is_socket_path(self.network):
            return f"{self.network}/{self.host}"
        network = "" if self.network == "tcp" else f"{self.network}/"
        return network + join_host_port(self.host, self.ports)


def _port(text: str, which: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'invalid {which} port: strconv.ParseUint: parsing "{text}": invalid syntax')
    if int(text) > WIDEST_RANGE:
        raise ValueError(f'invalid {which} port: strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)
