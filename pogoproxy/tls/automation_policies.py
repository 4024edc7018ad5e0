"""Automation policies in the order in which they are tried, as few as say the same: decisions on plain data.

A name is managed by the first policy that has it. So the narrower goes first, what says nothing may go if no policy
below it would then take its names, and equal ones become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from ..adapt.ordering import stable_sorted
from ..errors import ConfigError
from .automation import AutomationPolicy
from .names import covers, is_public, patterns_for

INTERNAL = msgspec.Raw(b'{"module":"internal"}')
"""The issuer for names that no public authority vouches for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy before it is known whether it stays. `is_implied`: its internal issuer was nobody's explicit wish."""

    policy: AutomationPolicy
    is_implied: bool = False

    @property
    def subjects(self) -> tuple[str, ...]:
        """The names; none for all others."""
        return self.policy.subjects

    @property
    def without_subjects(self) -> AutomationPolicy:
        """The policy without its names, to compare by."""
        return msgspec.structs.replace(self.policy, subjects=())

    @property
    def has_only_managers(self) -> bool:
        """Whether it says nothing but whom to ask during the handshake, if that."""
        return msgspec.structs.replace(self.without_subjects, get_certificate=()) == AutomationPolicy()

    @property
    def says_nothing(self) -> bool:
        """Whether it only names subjects."""
        return self.without_subjects == AutomationPolicy()

    @property
    def default_class(self) -> str:
        """Whose names they are, as the default issuer is chosen by that."""
        if not self.subjects:
            return "catch-all"
        public = {is_public(name, on_demand=self.policy.on_demand) for name in self.subjects}
        return "mixed" if len(public) > 1 else "public" if True in public else "internal"

    @property
    def is_internal_by_default(self) -> bool:
        """Whether the local authority signs without having been asked for."""
        return self.default_class == "internal" if not self.policy.issuers else self.is_implied


def consolidated(candidates: Sequence[Candidate]) -> tuple[AutomationPolicy, ...]:
    """The policies that remain, narrowest first; ConfigError if a name is in two."""
    rows = stable_sorted(candidates, _goes_first)
    nothing = sum(row.says_nothing for row in rows)
    if nothing == len(rows):
        return ()
    policies = tuple(row.policy for row in _without_doubles(_without_idle(rows)))
    _refuse_overlap(policies)
    return policies


def _goes_first(one: Candidate, other: Candidate) -> bool:
    if _is_subset(one, other):
        return True
    if _is_subset(other, one):
        return False
    return len(one.subjects) > len(other.subjects)


def _is_subset(one: Candidate, other: Candidate) -> bool:
    if not other.subjects:
        return True
    return bool(one.subjects) and all(any(covers(wide, name) for wide in other.subjects) for name in one.subjects)


class _Shadows:
    """Which policy would take the names of another, found by name: a config may have thousands of policies."""

    def __init__(self, rows: Sequence[Candidate]) -> None:
        self._names = [row.subjects for row in rows]
        self._by_pattern: dict[str, list[int]] = {}
        self._for_all: list[int] = []
        for place, names in enumerate(self._names):
            for name in names:
                self._by_pattern.setdefault(name.lower(), []).append(place)
            if not names:
                self._for_all.append(place)

    def of(self, place: int) -> int | None:
        """The next policy after this one that covers all its names."""
        covering = [self._covering(name, place) for name in self._names[place]]
        after = set.intersection(*covering) if covering else set()
        return min(after.union(other for other in self._for_all if other > place), default=None)

    def _covering(self, name: str, place: int) -> set[int]:
        known = (self._by_pattern.get(pattern, ()) for pattern in patterns_for(name.lower()))
        return {other for places in known for other in places if other > place}


def _without_idle(rows: Sequence[Candidate]) -> list[Candidate]:
    """Without those that say nothing, unless they keep their names from a policy that does.

    That policy may have managers: a wildcard with these is meant to serve the names below it.
    """
    shadows = _Shadows(rows)
    return [row for place, row in enumerate(rows) if not (row.says_nothing and _is_idle(rows, place, shadows))]


def _is_idle(rows: Sequence[Candidate], place: int, shadows: _Shadows) -> bool:
    shadow = shadows.of(place)
    return place == len(rows) - 1 or (shadow is not None and rows[shadow].has_only_managers)


def _without_doubles(rows: Sequence[Candidate]) -> list[Candidate]:
    kept = list(rows)
    at = 0
    while at < len(kept):
        if not _absorb(kept, at):
            at += 1
    return kept


def _absorb(rows: list[Candidate], at: int) -> bool:
    """Unite a policy with those after it; True if another stands in its place now, or must be looked at again."""
    other = at + 1
    while other < len(rows):
        if rows[at] == rows[other]:
            del rows[other]
            return True
        if not _say_the_same(rows[at], rows[other]):
            other += 1
        elif rows[at].subjects and not rows[other].subjects:
            # What serves all names may take these along, unless a wider policy in between would get them first.
            shadow = _Shadows(rows).of(at)
            if shadow is not None and shadow >= other:
                del rows[at]
                return True
            other += 1
        else:
            rows[at] = _joined(rows[at], rows[other])
            del rows[other]
    return False


def _say_the_same(one: Candidate, other: Candidate) -> bool:
    return _have_same_issuers(one, other) and _compared(one) == _compared(other)


def _compared(row: Candidate) -> AutomationPolicy:
    # Stapling is left out of the comparison, as Caddy has it.
    return msgspec.structs.replace(row.without_subjects, issuers=(), disable_ocsp_stapling=False, ocsp_overrides={})


def _have_same_issuers(one: Candidate, other: Candidate) -> bool:
    if one.policy.issuers != other.policy.issuers:
        return one.is_internal_by_default and other.is_internal_by_default
    if one.policy.issuers:
        return True
    classes = {one.default_class, other.default_class}
    return "catch-all" in classes or len(classes) == 1


def _joined(one: Candidate, other: Candidate) -> Candidate:
    subjects = tuple(dict.fromkeys(one.subjects + other.subjects))
    return replace(one, policy=msgspec.structs.replace(one.policy, subjects=subjects))


def _refuse_overlap(policies: Sequence[AutomationPolicy]) -> None:
    seen: set[str] = set()
    for name in (name for policy in policies for name in policy.subjects):
        if name in seen:
            raise ConfigError(
                f"hostname appears in more than one automation policy, making certificate management ambiguous: {name}"
            )
        seen.add(name)
