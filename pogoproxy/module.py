"""Modules: the units that a config is made of, in Caddy's sense, and the registry that names them.

A module's config is a frozen struct whose JSON is Caddy's, key for key. Modules live in namespaces
(`http.handlers`, `http.matchers`, `http.reverse_proxy.transport` …). A host module keeps its guests as
`msgspec.Raw` until it is provisioned; only then does it ask the registry for the guest's type.

Most namespaces name the guest inside its object, by an inline key (`"handler": "static_response"`); those are
subclasses of `Module`, with the inline key as msgspec's tag field. Matchers are keyed from outside
(`{"path": ["/x"]}`) and may be any JSON value: they are `MatcherModule` records.

A module that adapts but cannot run yet is one without a `provision`; `run` and `validate` refuse it by name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, cast

import msgspec

from .errors import ConfigError

Duration = int | str
"""A duration in JSON as Caddy has it: nanoseconds, or a string such as `"1m30s"` (`pogoproxy.units`)."""


class Module(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The base of all config structs that are guests; a subclass of a namespace's base gives its `tag`."""

    NAMESPACE: ClassVar[str] = ""

    @classmethod
    def module_id(cls) -> str:
        """The dotted id, such as `http.handlers.static_response`."""
        return f"{cls.NAMESPACE}.{cls.__struct_config__.tag}"


class Handler(Module, frozen=True, tag_field="handler"):
    """An HTTP handler. To run it must have `provision(self, context: Context) -> Middleware` (`http.exchange`)."""

    NAMESPACE: ClassVar[str] = "http.handlers"


class OpenHandler(Handler, frozen=True):
    """A handler whose object has keys of the user's choosing; all but the inline key are in `entries`."""

    entries: dict[str, Any] = {}

    def as_object(self) -> dict[str, Any]:
        """The object as it stands in JSON."""
        return {str(self.__struct_config__.tag_field): self.__struct_config__.tag, **self.entries}


M = TypeVar("M", bound=Module)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class MatcherModule:
    """A request matcher: `config` is the type of its JSON value, `provision` makes the predicate.

    `syntax` takes all lines of this matcher in one matcher set, since repeated lines merge, and returns the
    config value. `provision` is `(value, Context) -> Callable[[Exchange], bool]`.
    """

    name: str
    config: Any
    syntax: Callable[..., Any]
    provision: Callable[..., Callable[..., bool]] | None = None

    def module_id(self) -> str:
        """The dotted id, such as `http.matchers.path`."""
        return f"http.matchers.{self.name}"


def cannot_run(module: Module | MatcherModule, path: str | None = None) -> ConfigError:
    """The mistake in a config that wants a module to run which can only be adapted."""
    return ConfigError(f"module {module.module_id()} can be adapted but not run yet", path=path)


@dataclass(frozen=True)
class Registry:
    """All modules of this build, by namespace and name. Nothing registers itself: `standard.py` is the one table."""

    modules: Mapping[str, type[Module]]
    matchers: Mapping[str, MatcherModule]

    @classmethod
    def of(cls, modules: Iterable[type[Module]], matchers: Iterable[MatcherModule]) -> Registry:
        """Index modules by id and matchers by name."""
        return cls({module.module_id(): module for module in modules}, {matcher.name: matcher for matcher in matchers})

    def guest(self, base: type[M], raw: msgspec.Raw, path: str = "") -> M:
        """Decode a guest of `base`'s namespace; ConfigError with `path` if it is unknown or malformed."""
        inline_key = str(base.__struct_config__.tag_field)
        try:
            named = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
            name = msgspec.json.decode(named[inline_key], type=str)
        except KeyError:
            raise ConfigError(f"module name not specified with key '{inline_key}'", path=path) from None
        except msgspec.MsgspecError as wrong:
            raise ConfigError(str(wrong), path=path) from None
        module = self.modules.get(f"{base.NAMESPACE}.{name}")
        if module is None or not issubclass(module, base):
            raise ConfigError(f"unknown module: {base.NAMESPACE}.{name}", path=path)
        try:
            if issubclass(module, OpenHandler):
                entries = msgspec.json.decode(raw, type=dict[str, Any])
                del entries[inline_key]
                return cast(M, module(entries=entries))
            return msgspec.json.decode(raw, type=module)
        except msgspec.MsgspecError as wrong:
            raise ConfigError(str(wrong), path=path) from None


@dataclass
class Context:
    """One config's lifetime in one process: what a module may lean on while it is provisioned and until clean-up.

    `services` are what the process offers by type: the app workers' targets, the metrics, the logs.
    `stack` is closed when the config is replaced; it works after a half-way failure, too.
    """

    registry: Registry
    services: Mapping[type, object] = field(default_factory=dict)
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def service(self, kind: type[S]) -> S:
        """The process's service of that type; a KeyError here is a bug in the process's set-up."""
        found = self.services[kind]
        assert isinstance(found, kind)
        return found
