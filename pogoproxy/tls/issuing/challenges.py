"""Challenges that are open: what the keeper's authorities may ask our listeners for, in whichever front it comes."""

from __future__ import annotations

from ..keeping.certificate import Certificate


class Challenges:
    """Texts for HTTP-01 by token, certificates for TLS-ALPN-01 by server name."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        self._proofs: dict[str, Certificate] = {}

    def open_http(self, host: str, token: str, text: str) -> None:
        """Answer this token's path on the host with the text."""
        self._texts[token] = (host, text)

    def open_tls(self, server_name: str, proof: Certificate) -> None:
        """Answer `acme-tls/1` for the name with this certificate."""
        self._proofs[server_name] = proof

    def close_http(self, token: str) -> None:
        """The challenge is over."""
        self._texts.pop(token, None)

    def close_tls(self, server_name: str) -> None:
        """The challenge is over."""
        self._proofs.pop(server_name, None)

    def text_of(self, host: str, token: str) -> str:
        """The text, nothing for a token that is not ours or is another host's."""
        wanted, text = self._texts.get(token, ("", ""))
        return text if host.lower() == wanted else ""

    def proof_of(self, server_name: str) -> Certificate | None:
        """The certificate, if there is such a challenge."""
        return self._proofs.get(server_name)
