"""One log: which entries it takes, and the bases of its guests."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..module import Module

DEFAULT_LOG = "default"


class Writer(Module, frozen=True, tag_field="output"):
    """Where log entries go."""

    NAMESPACE: ClassVar[str] = "caddy.logging.writers"


class Encoder(Module, frozen=True, tag_field="format"):
    """How log entries are written."""

    NAMESPACE: ClassVar[str] = "caddy.logging.encoders"


class Core(Module, frozen=True, tag_field="module"):
    """Where log entries go besides."""

    NAMESPACE: ClassVar[str] = "caddy.logging.cores"


class MockCore(Core, frozen=True, tag="mock"):
    """Does nothing; the one core that Caddy brings along, for tests."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> MockCore:
        """The name alone."""
        return cls()


CORES: tuple[type[Core], ...] = (MockCore,)


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """In each interval the `first` alike entries are kept, and then every `thereafter`th."""

    interval: int = 0
    first: int = 0
    thereafter: int = 0


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One log; `include` and `exclude` are names of loggers, which stand for those below them, too."""

    writer: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    encoder: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    core: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    level: str = ""
    sampling: Sampling | None = None
    with_caller: bool = False
    with_caller_skip: int = 0
    with_stacktrace: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
