"""The DNS-01 challenge (RFC 8555 section 8.4): a provider adds a record and removes it again."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable
from typing import Protocol

from ...errors import ConfigError
from ...units import seconds
from ..dns import FOREVER, DnsChallenge, DnsProvider, ExecProvider
from .issuer import IssuanceError

log = logging.getLogger(__name__)

_COMMAND_TIMEOUT = 60.0


class Editor(Protocol):
    """What a provider does."""

    def add(self, name: str, text: str) -> None:
        """Add a TXT record with this text at the name, which ends without a dot; IssuanceError if it fails."""

    def remove(self, name: str, text: str) -> None:
        """Remove it."""


class ExecEditor:
    """Runs a command: `<command> present|cleanup <name> <text>`, in lego's manner."""

    def __init__(self, config: ExecProvider) -> None:
        self._command = config.command

    def add(self, name: str, text: str) -> None:
        """See `Editor.add`."""
        self._run("present", name, text)

    def remove(self, name: str, text: str) -> None:
        """See `Editor.remove`."""
        self._run("cleanup", name, text)

    def _run(self, *words: str) -> None:
        try:
            done = subprocess.run(
                [*self._command, *words], capture_output=True, timeout=_COMMAND_TIMEOUT, text=True, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise IssuanceError(f"dns exec: {error}") from None
        if done.returncode:
            raise IssuanceError(f"dns exec: status {done.returncode}: {done.stderr.strip()[-200:]}")


class DnsAnswers:
    """The challenge as it is configured."""

    def __init__(self, config: DnsChallenge, editor: Editor, sleep: Callable[[float], None] = time.sleep) -> None:
        self._config = config
        self._editor = editor
        self._sleep = sleep

    def answer(self, name: str, text: str) -> Callable[[], None]:
        """Add the record and wait until it is seen; what removes it. IssuanceError if it cannot be added."""
        record = self._config.override_domain or f"_acme-challenge.{name.removeprefix('*.')}"
        self._editor.add(record, text)

        def remove() -> None:
            try:
                self._editor.remove(record, text)
            except IssuanceError as error:
                log.warning("challenge record not removed name=%s error=%s", record, error)

        self._sleep(seconds(self._config.propagation_delay))
        return remove


def editor_of(provider: DnsProvider, config: DnsChallenge) -> Editor:
    """The provider at work; ConfigError for settings that would have no effect."""
    if config.resolvers or config.ttl or config.propagation_timeout not in (0, FOREVER):
        raise ConfigError("resolvers, dns_ttl and propagation_timeout are understood but not supported yet")
    if isinstance(provider, ExecProvider):
        return ExecEditor(provider)
    raise ConfigError(f"DNS provider {provider.module_id()} cannot run here")
