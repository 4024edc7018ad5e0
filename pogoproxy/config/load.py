"""From Caddy's native JSON to structs. Guests stay raw."""

from __future__ import annotations

import re

import msgspec

from ..errors import ConfigError
from .root import Config

__all__ = ["Config", "as_config_error", "load"]


def load(text: bytes) -> Config:
    """Decode a config; ConfigError with the path of what is malformed or unknown."""
    try:
        return msgspec.json.decode(text, type=Config)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise as_config_error(wrong) from None


def as_config_error(wrong: Exception) -> ConfigError:
    """msgspec's `message - at `$.path`` as our mistake."""
    message, _, place = str(wrong).partition(" - at `$")
    return ConfigError(message, path=re.sub(r"^\.", "", place.rstrip("`")) or None)
