"""Gathering mistakes, so that one run reports all that are independent of each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ConfigError, ConfigErrors


class Mistakes:
    """What went wrong so far.

    `with mistakes.gathered():` keeps a mistake of its body and goes on after it; `settle()` raises what was kept.
    """

    def __init__(self) -> None:
        self.found: list[ConfigError] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep the mistakes raised in here."""
        try:
            yield
        except ConfigError as wrong:
            self.found.append(wrong)
        except ConfigErrors as wrong:
            self.found += wrong.mistakes

    def settle(self) -> None:
        """Raise the one mistake as itself, several as ConfigErrors; nothing if there is none."""
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            raise ConfigErrors(self.found)
