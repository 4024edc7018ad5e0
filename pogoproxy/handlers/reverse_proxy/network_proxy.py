"""The forward proxy that the HTTP transport dials through: `network_proxy url <url>` or `none`."""

from __future__ import annotations

from typing import ClassVar, Self

from ...adapt.adaptation import Adaptation
from ...caddyfile.cursor import Cursor
from ...module import Module


class NetworkProxy(Module, frozen=True, omit_defaults=False, tag_field="from"):
    """A guest of the transport. Without one, the environment says (`HTTP_PROXY` and the like)."""

    NAMESPACE: ClassVar[str] = "caddy.network_proxy"


class URLProxy(NetworkProxy, frozen=True, tag="url"):
    """The proxy of a URL, which may have placeholders."""

    url: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`url <url>`."""
        return cls(url=cursor.text())


class NoProxy(NetworkProxy, frozen=True, tag="none"):
    """No proxy, whatever the environment says."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`none`."""
        return cls()


NETWORK_PROXIES: tuple[type[NetworkProxy], ...] = (NoProxy, URLProxy)
