"""What all issuers have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from ...errors import PogoError


class IssuanceError(PogoError):
    """No certificate was obtained."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the authority asks us to wait."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A chain in PEM, and what the issuer wants to be kept beside it."""

    chain: str
    data: dict[str, Any] | None = field(default=None)


class RunningIssuer(Protocol):
    """An issuer with all it needs."""

    key: str
    """Its part of the keys in the storage."""
    is_quick: bool
    """Whether it answers at once, so that a handshake may wait for it."""
    suggests_renewals: bool
    """Whether `renewal_time` may ever say something."""

    async def issue(self, name: str, key: str, *, is_retry: bool = False) -> Issued:
        """A certificate for the name and this private key in PEM; IssuanceError if there is none.

        `is_retry` if it failed before, so that it may first be tried where failing costs nothing.
        """

    async def renewal_time(self, chain: str) -> dict[str, Any] | None:
        """When the issuer wants the certificate renewed: what to note, with `renewal_time` and `asked` in seconds since
        1970; None if it does not say."""
