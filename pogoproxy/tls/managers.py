"""Managers of certificates: `get_certificate <manager>`, asked during the handshake, before an issuer is."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..module import Module


class CertificateManager(Module, frozen=True, tag_field="via"):
    """Gives the certificate for a handshake, or passes."""

    NAMESPACE = "tls.get_certificate"


class Tailscale(CertificateManager, frozen=True, tag="tailscale"):
    """Asks Tailscale's daemon, for names below `.ts.net`."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Tailscale:
        """`tailscale`."""
        cursor.finish()
        return cls()


class HttpCertificates(CertificateManager, frozen=True, tag="http"):
    """Asks a URL, which answers with certificate and key in PEM, or with 204."""

    url: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> HttpCertificates:
        """`http <url>`."""
        url = cursor.only()
        if cursor.segment.block:
            raise cursor.error("block not allowed here")
        return cls(url=url)
