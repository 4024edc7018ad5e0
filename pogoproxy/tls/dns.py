"""The DNS challenge, by which a certificate authority sees that a name is ours, and the providers that answer it."""

from __future__ import annotations

import subprocess
from functools import partial
from importlib.metadata import entry_points
from typing import Protocol

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, text, texts
from ..errors import ConfigError, RuntimeFault
from ..module import Duration, Module

PLUGINS = "pogoproxy.dns_providers"
"""The group of entry points by which other packages bring providers."""

_COMMAND_TIMEOUT = 60.0

FOREVER = -1
"""A propagation timeout that switches the check off."""


class Editor(Protocol):
    """A provider at work; its methods may block."""

    def add(self, name: str, text: str) -> None:
        """Add a TXT record with this text at the name, which ends without a dot; PogoError if it fails."""

    def remove(self, name: str, text: str) -> None:
        """Remove it."""


class DnsProvider(Module, frozen=True, tag_field="name"):
    """What edits the records of a zone. Other packages bring theirs by the entry point `pogoproxy.dns_providers`."""

    NAMESPACE = "dns.providers"

    def editor(self) -> Editor:
        """The provider at work; ConfigError if it cannot be."""
        raise ConfigError(f"DNS provider {self.module_id()} cannot run")


class ExecProvider(DnsProvider, frozen=True, tag="exec"):
    """A command of yours: `<command> present|cleanup <name> <text>` adds or removes a TXT record."""

    command: tuple[str, ...]

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> ExecProvider:
        """`exec <command> [<arguments...>]`."""
        return cls(command=cursor.texts(least=1))

    def editor(self) -> Editor:
        """See `DnsProvider.editor`."""
        return ExecEditor(self.command)


class ExecEditor:
    """Runs the command, in lego's manner."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command

    def add(self, name: str, text: str) -> None:
        """See `Editor.add`."""
        self._run("present", name, text)

    def remove(self, name: str, text: str) -> None:
        """See `Editor.remove`."""
        self._run("cleanup", name, text)

    def _run(self, *words: str) -> None:
        command = [*self._command, *words]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_COMMAND_TIMEOUT, text=True, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RuntimeFault(f"dns exec: {error}") from None
        if done.returncode:
            raise RuntimeFault(f"dns exec: status {done.returncode}: {done.stderr.strip()[-200:]}")


def plugged_providers() -> tuple[type[DnsProvider], ...]:
    """The providers of other installed packages; ConfigError for one that is none."""
    found = []
    for entry in entry_points(group=PLUGINS):
        provider = entry.load()
        if not (isinstance(provider, type) and issubclass(provider, DnsProvider)):
            raise ConfigError(f"entry point {entry.name} of {PLUGINS} is no DnsProvider")
        found.append(provider)
    return tuple(found)


class DnsChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the challenge is answered; without a provider the one of the option `dns` does it."""

    provider: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    ttl: Duration = 0
    propagation_delay: Duration = 0
    propagation_timeout: Duration = 0
    resolvers: tuple[str, ...] = ()
    override_domain: str = ""


def named_provider(cursor: Cursor, adaptation: Adaptation) -> msgspec.Raw:
    """The provider that the rest of the line names; ConfigError if there is none of that name."""
    return adaptation.emit(adaptation.guest(DnsProvider, cursor))


def _provider(adaptation: Adaptation, cursor: Cursor) -> msgspec.Raw | msgspec.UnsetType:
    return named_provider(cursor, adaptation) if cursor.remaining else msgspec.UNSET


def _timeout(cursor: Cursor) -> int:
    word = cursor.peek()
    if word is not None and word.text == str(FOREVER):
        cursor.word()
        return FOREVER
    return duration(cursor)


def challenge_rows(adaptation: Adaptation) -> dict[str, Row]:
    """The subdirectives that set the challenge up; each fills a field of `DnsChallenge`."""
    return {
        "dns": Row("provider", partial(_provider, adaptation)),
        "propagation_delay": Row("propagation_delay", duration),
        "propagation_timeout": Row("propagation_timeout", _timeout),
        "resolvers": Row("resolvers", texts),
        "dns_ttl": Row("ttl", duration),
        "dns_challenge_override_domain": Row("override_domain", text),
    }


def take_challenge(fields: dict[str, object]) -> DnsChallenge | None:
    """The challenge that some fields describe, which are taken out; None if there are none of them."""
    own = {name: fields.pop(name) for name in DnsChallenge.__struct_fields__ if name in fields}
    return msgspec.structs.replace(DnsChallenge(), **own) if own else None
