"""How upstreams are spoken to: what all transports share."""

from __future__ import annotations

from typing import ClassVar, Self

from ...adapt.adaptation import Adaptation
from ...caddyfile.cursor import Cursor
from ...module import Module


class Transport(Module, frozen=True, tag_field="protocol"):
    """A guest of `reverse_proxy`, named by `transport <name> { … }`."""

    NAMESPACE: ClassVar[str] = "http.reverse_proxy.transport"
    REQUEST_BUFFER: ClassVar[int] = 0
    """Bytes of a request's body that are read ahead where the config does not say."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """The name alone."""
        cursor.finish_line()
        return cls()

    def speaking(self, scheme: str) -> Transport:
        """This transport for upstreams of that scheme, which may be empty; ValueError if it cannot speak it."""
        if scheme == "https":
            raise ValueError("upstreams are configured for HTTPS but transport module does not support TLS")
        return self
