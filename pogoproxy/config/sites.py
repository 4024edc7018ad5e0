"""Sites: what the blocks of the file came to, and which part of a block is served where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..adapt.adaptation import Adaptation, Evaluated
from ..adapt.misspelled import misspelled
from ..adapt.network import join_host_port
from ..adapt.placeholders import expanded
from ..caddyfile.tree import Segment, Site, Word
from ..errors import ConfigError, Span
from .addresses import Address, specificity

STANDARD_PORTS = ("", "80", "443")


@dataclass(frozen=True, slots=True)
class Key:
    """A site's address, as a word and parsed."""

    word: Word
    address: Address


@dataclass(frozen=True, eq=False)
class Block:
    """A site block with what its directives came to; two blocks are never equal, however alike."""

    site: Site
    evaluated: Evaluated
    invoked: Mapping[str, Span | None]
    """The named routes that it uses, with the place where it does."""


@dataclass(frozen=True)
class Served:
    """A block as far as one server serves it: with the keys whose listeners that server has."""

    block: Block
    keys: tuple[Key, ...]

    @cached_property
    def addresses(self) -> tuple[Address, ...]:
        """The keys' addresses."""
        return tuple(key.address for key in self.keys)

    @property
    def is_catch_all(self) -> bool:
        """Whether a key has no host, so that the block is for any."""
        return any(not address.host for address in self.addresses)

    @property
    def is_http_only(self) -> bool:
        """Whether each key says `http://`."""
        return all(address.scheme == "http" for address in self.addresses)

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts without repetition; none if the block is for any."""
        return () if self.is_catch_all else tuple(dict.fromkeys(address.host for address in self.addresses))

    @property
    def log_hosts(self) -> tuple[str, ...]:
        """The hosts as a Host header has them, with a port that is not a standard one."""
        named = (address for address in self.addresses if address.host)
        return tuple(
            dict.fromkeys(
                address.host if address.port in STANDARD_PORTS else join_host_port(address.host, address.port)
                for address in named
            )
        )

    @cached_property
    def rank(self) -> tuple[bool, bool, int, int]:
        """Sorts the narrower site first: a host, a wildcard, any host; then by length of host and of path."""
        host = max(self.addresses, key=lambda address: specificity(address.host)).host
        path = max(self.addresses, key=lambda address: specificity(address.path)).path
        if not specificity(host):
            return (True, True, 0, 0)
        has_wildcard = any("*" in address.host or not address.host for address in self.addresses)
        return (False, has_wildcard, -specificity(host), -len(path.encode()))


def evaluate(site: Site, adaptation: Adaptation) -> Block:
    """A site block with its directives read; mistakes are kept in the adaptation."""
    body = expanded(site.body)
    view = Adaptation(adaptation.shared, files=files_of(body))
    evaluated = view.evaluate(body)
    adaptation.shared.warnings += misspelled(site.body)
    invoked = dict(adaptation.shared.invoked)
    adaptation.shared.invoked.clear()
    return Block(site, evaluated, invoked)


def files_of(segments: tuple[Segment, ...]) -> tuple[str, ...]:
    """The files that the words of a body come from, sorted."""
    found: set[str] = set()
    pending = list(segments)
    while pending:
        segment = pending.pop()
        found.update(word.file for word in segment.words)
        pending += segment.block or ()
    return tuple(sorted(found))


def parse_keys(site: Site) -> tuple[Key, ...]:
    """The addresses of a site; ConfigError for one that is malformed."""
    keys = []
    for word in site.keys:
        try:
            keys.append(Key(word, Address.parse(word.text)))
        except ValueError as wrong:
            raise word.error(f"parsing key: {wrong}") from None
    return tuple(keys)


def ambiguous(key: Key) -> ConfigError:
    """The mistake of a key that two blocks of one server have."""
    return key.word.error(f"ambiguous site definition: {key.word.text}")
