"""Filters: what an encoder changes in a field of an entry, so that logs keep no more of people than they should."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.weak import integer
from ..caddyfile.cursor import Cursor
from ..errors import ConfigError
from ..module import Module

MOST_OPERATIONS = 50
LONGEST_PATTERN = 1000
"""Caddy's bounds for `multi_regexp`; each operation runs for each entry."""


class Filter(Module, frozen=True, tag_field="filter"):
    """Changes one field."""

    NAMESPACE: ClassVar[str] = "caddy.logging.encoders.filter"


class DeleteFilter(Filter, frozen=True, tag="delete"):
    """Leaves the field out."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> DeleteFilter:
        """`delete`."""
        return cls()


class HashFilter(Filter, frozen=True, tag="hash"):
    """Writes the first four bytes of the value's SHA-256."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> HashFilter:
        """`hash`."""
        return cls()


class ReplaceFilter(Filter, frozen=True, tag="replace"):
    """Writes another value."""

    value: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> ReplaceFilter:
        """`replace [<value>]`."""
        return cls(value=_optional(cursor))


class RenameFilter(Filter, frozen=True, tag="rename"):
    """Writes the field under another name."""

    name: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> RenameFilter:
        """`rename [<name>]`."""
        return cls(name=_optional(cursor))


class IPMaskFilter(Filter, frozen=True, tag="ip_mask"):
    """Keeps only the first bits of addresses."""

    ipv4_cidr: int = 0
    ipv6_cidr: int = 0

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> IPMaskFilter:
        """`ip_mask [<ipv4> [<ipv6>]] { ipv4 <bits>; ipv6 <bits> }`."""
        bits = {"ipv4": 0, "ipv6": 0}
        words = cursor.words()
        if len(words) > 2:
            raise cursor.error("too many arguments")
        for family, word in zip(bits, words, strict=False):
            bits[family] = _bits(word.text, cursor)
        for line in cursor.block():
            if line.name not in bits:
                raise line.error(f"unrecognized subdirective {line.name}")
            bits[line.name] = _bits(line.only(), line)
        return cls(ipv4_cidr=bits["ipv4"], ipv6_cidr=bits["ipv6"])


class QueryAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is done with a parameter: `replace`, `hash` or `delete`."""

    type: str
    parameter: str
    value: str = ""


class QueryFilter(Filter, frozen=True, tag="query"):
    """Changes parameters in the query of a URI."""

    actions: tuple[QueryAction, ...] | None

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> QueryFilter:
        """`query { replace <parameter> <value>; hash <parameter>; delete <parameter> }`."""
        found = tuple(
            QueryAction(type=kind, parameter=name, value=value) for kind, name, value in _actions(cursor.block())
        )
        return cls(actions=found or None)


class CookieAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is done with a cookie: `replace`, `hash` or `delete`."""

    type: str
    name: str
    value: str = ""


class _Cookies(Filter, frozen=True):
    actions: tuple[CookieAction, ...] | None

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Filter:
        """`{ replace <name> <value>; hash <name>; delete <name> }`."""
        found = tuple(CookieAction(type=kind, name=name, value=value) for kind, name, value in _actions(cursor.block()))
        return cls(actions=found or None)


class CookieFilter(_Cookies, frozen=True, tag="cookie"):
    """Changes cookies of a request."""


class SetCookieFilter(_Cookies, frozen=True, tag="set_cookie"):
    """Changes cookies that an answer sets."""


class RegexpFilter(Filter, frozen=True, tag="regexp"):
    """Replaces what a regular expression finds."""

    regexp: str = ""
    value: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> RegexpFilter:
        """`regexp [<pattern> [<replacement>]]`."""
        return cls(regexp=_optional(cursor), value=_optional(cursor))


class Substitution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One regular expression and what takes the place of its finds."""

    regexp: str = ""
    value: str = ""


class MultiRegexpFilter(Filter, frozen=True, tag="multi_regexp"):
    """Replaces what several regular expressions find, one after the other."""

    operations: tuple[Substitution, ...]

    @classmethod
    def of(cls, filters: Iterable[RegexpFilter]) -> MultiRegexpFilter:
        """Several filters as one; ConfigError if they are too many or too long."""
        operations = tuple(Substitution(regexp=one.regexp, value=one.value) for one in filters)
        if len(operations) > MOST_OPERATIONS:
            raise ConfigError(f"too many regexp operations (maximum {MOST_OPERATIONS} allowed)")
        if any(len(operation.regexp.encode()) > LONGEST_PATTERN for operation in operations):
            raise ConfigError(f"regexp pattern too long (maximum {LONGEST_PATTERN} characters)")
        if not all(operation.regexp for operation in operations):
            raise ConfigError("regexp pattern cannot be empty")
        return cls(operations=operations)

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> MultiRegexpFilter:
        """`multi_regexp { regexp <pattern> <replacement>; … }`."""
        filters = []
        for line in cursor.block():
            if line.name != "regexp":
                raise line.error(f"unrecognized subdirective {line.name}")
            filters.append(RegexpFilter(regexp=line.text(), value=line.only()))
        if not filters:
            raise cursor.error("multi_regexp filter requires at least one regexp operation")
        try:
            return cls.of(filters)
        except ConfigError as wrong:
            raise cursor.error(wrong.message) from None


FILTERS: tuple[type[Filter], ...] = (
    CookieFilter,
    DeleteFilter,
    HashFilter,
    IPMaskFilter,
    MultiRegexpFilter,
    QueryFilter,
    RegexpFilter,
    RenameFilter,
    ReplaceFilter,
    SetCookieFilter,
)


def _optional(cursor: Cursor) -> str:
    word = cursor.maybe()
    return word.text if word else ""


def _bits(text: str, line: Cursor) -> int:
    try:
        return integer(text)
    except ValueError as wrong:
        raise line.error(f"error parsing {text}: {wrong}") from None


def _actions(lines: Iterable[Cursor]) -> Iterable[tuple[str, str, str]]:
    for line in lines:
        if line.name not in ("replace", "hash", "delete"):
            raise line.error(f"unrecognized subdirective {line.name}")
        name = line.text()
        value = line.text() if line.name == "replace" else ""
        line.finish_line()
        yield line.name, name, value
