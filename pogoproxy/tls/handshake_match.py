"""For which handshakes a connection policy is: by server name, by protocols, by addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ..errors import ConfigError
from ..http.ip_ranges import in_ranges
from ..http.regexp import compile_regexp
from .connection import HandshakeMatch
from .hello import ClientHello
from .names import patterns_for, to_ascii


@dataclass(frozen=True, slots=True)
class Arrival:
    """A hello, and the addresses at both ends."""

    hello: ClientHello
    local: tuple[str, int]
    remote: tuple[str, int]


Predicate = Callable[[Arrival], bool]
T = TypeVar("T")


class _RemoteIp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ranges: tuple[str, ...] = ()
    not_ranges: tuple[str, ...] = ()


class _LocalIp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ranges: tuple[str, ...] = ()


class _Regexp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pattern: str
    name: str = ""


def predicates(match: HandshakeMatch | None) -> Iterator[Predicate]:
    """All but the server names must hold; ConfigError for a matcher that is malformed."""
    if match is None:
        return
    if not isinstance(match.alpn, msgspec.UnsetType):
        wanted = frozenset(_decoded(match.alpn, tuple[str, ...]))
        yield lambda arrival: not wanted.isdisjoint(arrival.hello.alpn)
    if not isinstance(match.remote_ip, msgspec.UnsetType):
        remote = _decoded(match.remote_ip, _RemoteIp)
        inside, outside = in_ranges(remote.ranges), in_ranges(remote.not_ranges)
        yield lambda arrival: (not remote.ranges or inside(arrival.remote[0])) and not outside(arrival.remote[0])
    if not isinstance(match.local_ip, msgspec.UnsetType):
        local = in_ranges(_decoded(match.local_ip, _LocalIp).ranges)
        yield lambda arrival: local(arrival.local[0])
    if not isinstance(match.sni_regexp, msgspec.UnsetType):
        expression = compile_regexp(_decoded(match.sni_regexp, _Regexp).pattern)
        yield lambda arrival: expression.search(arrival.hello.server_name) is not None


def _decoded(raw: msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as wrong:
        raise ConfigError(str(wrong), path="tls_connection_policies.match") from None


class NameIndex:
    """Rows by the server names they are for, so that thousands of policies cost what one costs."""

    def __init__(self, rows: Sequence[HandshakeMatch | None]) -> None:
        self._by_name: dict[str, list[int]] = {}
        self._for_all = [number for number, match in enumerate(rows) if match is None or not match.sni]
        for number, match in enumerate(rows):
            for name in match.sni if match else ():
                self._by_name.setdefault(to_ascii(name), []).append(number)

    def candidates(self, server_name: str) -> list[int]:
        """The rows that may be for the name, in their order."""
        found = set(self._for_all)
        for pattern in patterns_for(server_name):
            found.update(self._by_name.get(pattern, ()))
        return sorted(found)
