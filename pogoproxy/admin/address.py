"""Where the admin API is; apart, since those who ask it need not import it."""

from __future__ import annotations

import os

from ..config.root import Admin
from ..errors import ConfigError
from ..net import ListenAddress, parse

DEFAULT = "localhost:2019"
"""Caddy's; the environment's CADDY_ADMIN goes before it."""


def address_of(admin: Admin) -> ListenAddress:
    """Where the API listens; ConfigError if that is no single address."""
    text = admin.listen or os.environ.get("CADDY_ADMIN") or DEFAULT
    addresses = parse(text)
    if len(addresses) != 1:
        raise ConfigError(f"must be exactly one listener address; cannot listen on: {text}", path="admin.listen")
    return addresses[0]
