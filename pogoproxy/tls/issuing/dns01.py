"""The DNS-01 challenge (RFC 8555 section 8.4): a provider adds a record and removes it again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ...errors import ConfigError, PogoError
from ...units import seconds
from ..dns import FOREVER, DnsChallenge, Editor
from .issuer import IssuanceError

log = logging.getLogger(__name__)


class DnsAnswers:
    """The challenge as it is configured."""

    def __init__(self, config: DnsChallenge, editor: Editor, sleep: Callable[[float], None] = time.sleep) -> None:
        self._config = config
        self._editor = editor
        self._sleep = sleep

    def answer(self, name: str, text: str) -> Callable[[], None]:
        """Add the record and wait until it is seen; what removes it. IssuanceError if it cannot be added."""
        record = self._config.override_domain or f"_acme-challenge.{name.removeprefix('*.')}"
        try:
            self._editor.add(record, text)
        except PogoError as error:
            raise IssuanceError(str(error)) from error

        def remove() -> None:
            try:
                self._editor.remove(record, text)
            except PogoError as error:
                log.warning("challenge record not removed name=%s error=%s", record, error)

        self._sleep(seconds(self._config.propagation_delay))
        return remove


def check_settings(config: DnsChallenge) -> None:
    """ConfigError for settings that would have no effect."""
    if config.resolvers or config.ttl or config.propagation_timeout not in (0, FOREVER):
        raise ConfigError("resolvers, dns_ttl and propagation_timeout are understood but not supported yet")
