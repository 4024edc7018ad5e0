"""From Caddy's native JSON to structs. Guests stay raw; what the top of a config may hold is here."""

from __future__ import annotations

import re

import msgspec

from ..apps.http import HttpApp
from ..apps.pogo import PogoApp
from ..errors import ConfigError


class Persist(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Whether the last good config is kept on disk."""

    persist: bool | None = None
    load: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Admin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The admin API."""

    disabled: bool = False
    listen: str = ""
    enforce_origin: bool = False
    origins: tuple[str, ...] = ()
    config: Persist | None = None
    identity: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    remote: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Apps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The apps by name, in the order of their names."""

    caddy_filesystems: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="caddy.filesystems")
    events: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    frankenphp: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    http: HttpApp | None = None
    pki: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    pogo: PogoApp | None = None
    tls: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A whole config."""

    admin: Admin | None = None
    logging: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    apps: Apps = Apps()

    @property
    def http(self) -> HttpApp:
        """The http app, an empty one where there is none."""
        return self.apps.http or HttpApp()


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
