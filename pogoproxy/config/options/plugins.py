"""Options whose guests come with plug-ins only.

events { on <event>|* <handler...> }
filesystem <name> <backend...>
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.directive import App, Option
from ...caddyfile.cursor import Cursor
from ...module import Module


class EventHandler(Module, frozen=True, tag_field="handler"):
    """Is told of events."""

    NAMESPACE: ClassVar[str] = "events.handlers"


class Subscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Who is told of which events; an empty name is any."""

    events: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    handlers: tuple[msgspec.Raw, ...] = ()


class Events(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The app `events`."""

    subscriptions: tuple[Subscription, ...] = ()


class Backend(Module, frozen=True, tag_field="backend"):
    """A file system."""

    NAMESPACE: ClassVar[str] = "caddy.fs"


class Filesystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A file system by its name."""

    name: str = ""
    file_system: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Filesystems(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The app `caddy.filesystems`."""

    filesystems: tuple[Filesystem, ...]


def _events(cursor: Cursor, adaptation: Adaptation) -> App:
    cursor.finish()
    subscriptions = []
    for line in cursor.block():
        if line.name != "on":
            raise line.wrong_count()
        event = line.text()
        handler = adaptation.emit(adaptation.guest(EventHandler, line))
        subscriptions.append(Subscription(events=("" if event == "*" else event,), handlers=(handler,)))
    return App("events", Events(subscriptions=tuple(subscriptions)))


def _filesystem(cursor: Cursor, adaptation: Adaptation) -> App:
    name = cursor.text()
    entry = Filesystem(name=name, file_system=adaptation.emit(adaptation.guest(Backend, cursor)))
    before = adaptation.option("filesystem", App)
    others = before.config.filesystems if before and isinstance(before.config, Filesystems) else ()
    return App("caddy_filesystems", Filesystems(filesystems=(*others, entry)))


OPTIONS = (Option("events", _events), Option("filesystem", _filesystem))
