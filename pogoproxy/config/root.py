"""The root of a configuration, key for key as Caddy has it."""

from __future__ import annotations

import msgspec

from ..apps.frankenphp import FrankenPHPApp
from ..apps.http import HttpApp
from ..apps.pki import PkiApp
from ..apps.pogo import PogoApp
from ..apps.tls import TlsApp
from ..loggers.log import Log
from ..module import Duration
from .options.plugins import Events, Filesystems


class Persistence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`admin.config`: whether the last good configuration is kept on disk, and what loads the next one."""

    persist: bool | None = None
    load: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    load_delay: Duration = 0


class Admin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The admin API's listener, and whom it answers."""

    disabled: bool = False
    listen: str = ""
    enforce_origin: bool = False
    origins: tuple[str, ...] = ()
    config: Persistence | None = None
    identity: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    remote: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Sink(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where the output of unstructured logs goes."""

    writer: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Logging(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The logs by name."""

    sink: Sink | None = None
    logs: dict[str, Log] = {}


class Apps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The apps by name, in the order of their names."""

    caddy_filesystems: Filesystems | None = msgspec.field(default=None, name="caddy.filesystems")
    events: Events | None = None
    frankenphp: FrankenPHPApp | None = None
    http: HttpApp | None = None
    pki: PkiApp | None = None
    pogo: PogoApp | None = None
    tls: TlsApp | None = None


NO_APPS = Apps()


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A whole configuration."""

    admin: Admin | None = None
    logging: Logging | None = None
    storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    apps: Apps = NO_APPS

    @property
    def http(self) -> HttpApp:
        """The http app, an empty one where there is none."""
        return self.apps.http or HttpApp()
