"""Forward proxies between us and upstreams: which one, and how it is asked for a connection.

An HTTP proxy gets requests in absolute form, or CONNECT (RFC 9110 section 9.3.6) where what follows is not for its
eyes; a SOCKS5 proxy (RFC 1928, RFC 1929) always makes a connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from ..errors import ConfigError
from .target import Address

_PORTS = {"http": 80, "socks5": 1080, "socks5h": 1080}
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD")
"""The environment's say in it; the first four name proxies."""

_LARGEST_HEAD = 16 * 1024


@dataclass(frozen=True, slots=True)
class NetworkProxy:
    """One proxy and who we are to it."""

    address: Address
    is_socks: bool = False
    user: str = ""
    password: str = ""

    def credentials(self) -> bytes:
        """The field of a request's head that says who we are, or nothing."""
        if not self.user:
            return b""
        return b"Proxy-Authorization: Basic %b\r\n" % b64encode(f"{self.user}:{self.password}".encode())

    async def connect(self, sock: socket.socket, to: Address) -> None:
        """Have a connection to the proxy become one to that address; OSError if the proxy will not."""
        await (_socks(self, sock, to) if self.is_socks else _tunnel(self, sock, to))


def parse_proxy(url: str) -> NetworkProxy:
    """The proxy of a URL; ConfigError for what is none, or is spoken to in a way that we do not know."""
    if "://" not in url:
        url = f"http://{url}"
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as wrong:
        raise ConfigError(f"network proxy {url!r}: {wrong}") from None
    if split.scheme not in _PORTS:
        raise ConfigError(f"network proxy of scheme {split.scheme!r} is not supported; http, socks5 and socks5h are")
    if not split.hostname:
        raise ConfigError("supplied network_proxy URL is missing a host value")
    return NetworkProxy(
        Address(split.hostname, port or _PORTS[split.scheme]), split.scheme != "http", *_user_and_password(split)
    )


def _user_and_password(split: SplitResult) -> tuple[str, str]:
    return unquote(split.username or ""), unquote(split.password or "")


def environment_proxy(environ: Mapping[str, str], address: Address, *, is_private: bool) -> NetworkProxy | None:
    """What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say for that address, as Go's net/http reads them.

    Never for this machine itself. `HTTP_PROXY` does not count in a CGI program, where a client's `Proxy` field sets it.
    """
    if address.path or _is_local(address.host):
        return None
    kind = "https" if is_private else "http"
    url = environ.get(f"{kind.upper()}_PROXY") or environ.get(f"{kind}_proxy") or ""
    if not url or (kind == "http" and "REQUEST_METHOD" in environ):
        return None
    excepted = (environ.get("NO_PROXY") or environ.get("no_proxy") or "").split(",")
    return None if any(_covers(item.strip().lower(), address) for item in excepted) else parse_proxy(url)


def _covers(item: str, address: Address) -> bool:
    """Whether an item of `NO_PROXY` is about it: `*`, a network, a name with all below it; maybe with a port."""
    if item in ("", "*"):
        return item == "*"
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address.host) in ipaddress.ip_network(item, strict=False)
    name, colon, port = item.rpartition(":")
    if colon and port.isdigit():
        if int(port) != address.port:
            return False
        item = name.strip("[]")
    below = item if item.startswith(".") else f".{item}"
    return address.host.lower() == item or address.host.lower().endswith(below)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _tunnel(proxy: NetworkProxy, sock: socket.socket, to: Address) -> None:
    loop = asyncio.get_running_loop()
    host = str(to).encode()
    asked = b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (host, host, proxy.credentials())
    await loop.sock_sendall(sock, asked)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # Byte by byte, for what follows the head is the upstream's.
        head += await _exactly(sock, 1)
        if len(head) > _LARGEST_HEAD:
            raise OSError("the network proxy answered what is not HTTP")
    status = head.split(b"\r\n", 1)[0].split(b" ")
    if len(status) < 2 or not status[1].startswith(b"2"):
        raise OSError(f"the network proxy answered {b' '.join(status[1:]).decode(errors='replace')!r}")


async def _socks(proxy: NetworkProxy, sock: socket.socket, to: Address) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, b"\x05\x02\x00\x02" if proxy.user else b"\x05\x01\x00")
    version, method = await _exactly(sock, 2)
    if version != 5 or method not in ((0, 2) if proxy.user else (0,)):
        raise OSError("the SOCKS proxy does not accept us")
    if method == 2:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        await loop.sock_sendall(sock, b"\x01%c%b%c%b" % (len(user), user, len(password), password))
        if (await _exactly(sock, 2))[1] != 0:
            raise OSError("the SOCKS proxy refuses our password")
    await loop.sock_sendall(sock, b"\x05\x01\x00" + _socks_address(to.host) + to.port.to_bytes(2, "big"))
    _, refused, _, kind = await _exactly(sock, 4)
    if refused:
        raise OSError(f"the SOCKS proxy cannot connect: code {refused}")
    length = {1: 4, 4: 16}.get(kind) or (await _exactly(sock, 1))[0]
    await _exactly(sock, length + 2)


def _socks_address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("idna")
        return b"\x03%c%b" % (len(name), name)
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


async def _exactly(sock: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        piece = await loop.sock_recv(sock, count - len(data))
        if not piece:
            raise ConnectionResetError("the network proxy closed the connection")
        data += piece
    return data
