"""Alerts: how a handshake that cannot be done is refused (RFC 8446 section 6)."""

from __future__ import annotations

import enum

from ..errors import PogoError


class Alert(enum.IntEnum):
    """The descriptions that we send by ourselves, before OpenSSL has taken over."""

    UNEXPECTED_MESSAGE = 10
    HANDSHAKE_FAILURE = 40
    BAD_CERTIFICATE = 42
    ILLEGAL_PARAMETER = 47
    DECODE_ERROR = 50
    INTERNAL_ERROR = 80
    UNRECOGNIZED_NAME = 112
    NO_APPLICATION_PROTOCOL = 120


class AlertError(PogoError):
    """A handshake is refused; the reason is for the log."""

    def __init__(self, alert: Alert, reason: str) -> None:
        super().__init__(reason)
        self.alert = alert
        self.reason = reason


def record(alert: Alert) -> bytes:
    """A fatal alert, unencrypted, as it travels."""
    return bytes((21, 3, 3, 0, 2, 2, alert))
