"""The forward proxy that the HTTP transport dials through: `network_proxy url <url>` or `none`."""

from __future__ import annotations

from typing import ClassVar, Self

from ...adapt.adaptation import Adaptation
from ...caddyfile.cursor import Cursor
from ...errors import ConfigError, DialError
from ...http.placeholders import has_placeholders, template
from ...module import Module, cannot_run
from ...upstream.network_proxy import NetworkProxy as UpstreamProxy
from ...upstream.network_proxy import parse_proxy
from ...upstream.way import FindProxy


class NetworkProxy(Module, frozen=True, omit_defaults=False, tag_field="from"):
    """A guest of the transport. Without one, the environment says (`HTTP_PROXY` and the like)."""

    NAMESPACE: ClassVar[str] = "caddy.network_proxy"

    def provision(self) -> FindProxy:
        """Finds the proxy of a request; ConfigError for a URL that is none."""
        raise cannot_run(self)


class URLProxy(NetworkProxy, frozen=True, tag="url"):
    """The proxy of a URL, which may have placeholders."""

    url: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`url <url>`."""
        return cls(url=cursor.text())

    def provision(self) -> FindProxy:
        """The one proxy, or what a request makes of it; a health check, which is no request, then goes without."""
        if not has_placeholders(self.url):
            proxy = parse_proxy(self.url)
            return lambda exchange, address, is_private: proxy
        url = template(self.url)
        return lambda exchange, address, is_private: None if exchange is None else _of_request(url(exchange))


class NoProxy(NetworkProxy, frozen=True, tag="none"):
    """No proxy, whatever the environment says."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`none`."""
        return cls()

    def provision(self) -> FindProxy:
        """None for anybody."""
        return lambda exchange, address, is_private: None


def _of_request(url: str) -> UpstreamProxy:
    """The request cannot go on without the proxy that it names."""
    try:
        return parse_proxy(url)
    except ConfigError as wrong:
        raise DialError(wrong.message) from None


NETWORK_PROXIES: tuple[type[NetworkProxy], ...] = (NoProxy, URLProxy)
