"""Automation policies in the order in which they are tried, as few as say the same: decisions on plain data.

A name is managed by the first policy that has it. So the narrower goes first, what says nothing may go if no policy
below it would then take its names, and equal ones become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import msgspec

from ..adapt.ordering import stable_sorted
from ..errors import ConfigError
from .automation import AutomationPolicy
from .names import is_public, patterns_for

INTERNAL = msgspec.Raw(b'{"module":"internal"}')
"""The issuer for names that no public authority vouches for."""


@dataclass(frozen=True)
class Candidate:
    """A policy before it is known whether it stays. `is_implied`: its internal issuer was nobody's explicit wish."""

    policy: AutomationPolicy
    is_implied: bool = False
    known_class: str = field(default="", compare=False, repr=False)
    """The class of its names, where that need not be found out."""

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

    @cached_property
    def says_nothing(self) -> bool:
        """Whether it only names subjects."""
        return self.without_subjects == AutomationPolicy()

    @cached_property
    def names(self) -> frozenset[str]:
        """The names without case, to look up what covers a name."""
        return frozenset(name.lower() for name in self.subjects)

    @cached_property
    def settings(self) -> bytes:
        """What policies that are put together have alike, besides their issuers; stapling may differ, as in Caddy."""
        compared = msgspec.structs.replace(
            self.without_subjects, issuers=(), disable_ocsp_stapling=False, ocsp_overrides={}
        )
        return msgspec.json.encode(compared)

    @cached_property
    def default_class(self) -> str:
        """Whose names they are, as the default issuer is chosen by that."""
        if self.known_class:
            return self.known_class
        if not self.subjects:
            return "catch-all"
        public = {is_public(name, on_demand=self.policy.on_demand) for name in self.subjects}
        return "mixed" if len(public) > 1 else "public" if True in public else "internal"

    @property
    def is_internal_by_default(self) -> bool:
        """Whether the local authority signs without having been asked for."""
        return self.default_class == "internal" if not self.policy.issuers else self.is_implied


class _Rows:
    """The candidates by their place, from which some are taken out; places stay."""

    def __init__(self, rows: Sequence[Candidate]) -> None:
        self.kept = dict(enumerate(rows))
        self._by_name: dict[str, list[int]] = {}
        self._alike: dict[bytes, list[int]] = {}
        for place, row in self.kept.items():
            self._alike.setdefault(row.settings, []).append(place)
            for name in row.names or (ANY,):
                self._by_name.setdefault(name, []).append(place)

    def shadow(self, place: int) -> int | None:
        """The next policy that would take all names of this one."""
        row = self.kept[place]
        patterns = (*patterns_for(row.subjects[0].lower()), ANY) if row.subjects else (ANY,)
        found = sorted(other for pattern in patterns for other in self._by_name.get(pattern, ()) if other > place)
        return next((other for other in found if other in self.kept and _is_subset(row, self.kept[other])), None)

    def alike(self, place: int) -> list[int]:
        """The later policies that differ in nothing but issuers and names."""
        return [other for other in self._alike[self.kept[place].settings] if other > place and other in self.kept]


ANY = ""
"""Stands for the names of a policy that has none."""


def consolidated(candidates: Sequence[Candidate]) -> tuple[AutomationPolicy, ...]:
    """The policies that remain, narrowest first; ConfigError if a name is in two."""
    sorted_rows = stable_sorted(candidates, _goes_first)
    if all(row.says_nothing for row in sorted_rows):
        return ()
    rows = _Rows(sorted_rows)
    for place in range(len(sorted_rows)):
        _drop_idle(rows, place, is_last=place == len(sorted_rows) - 1)
    for place in range(len(sorted_rows)):
        if place in rows.kept:
            _absorb_doubles(rows, place)
    policies = tuple(row.policy for row in rows.kept.values())
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
    return bool(one.subjects) and all(not other.names.isdisjoint(patterns_for(name.lower())) for name in one.subjects)


def _drop_idle(rows: _Rows, place: int, *, is_last: bool) -> None:
    """Drop a policy that says nothing, unless it keeps its names from one that does.

    That one may have managers: a wildcard with these is meant to serve the names below it.
    """
    if not rows.kept[place].says_nothing:
        return
    shadow = rows.shadow(place)
    if is_last or (shadow is not None and rows.kept[shadow].has_only_managers):
        del rows.kept[place]


def _absorb_doubles(rows: _Rows, place: int) -> None:
    """Unite a policy with those after it that say the same."""
    for at in rows.alike(place):
        one, other = rows.kept[place], rows.kept[at]
        if not _have_same_issuers(one, other):
            continue
        if one.subjects and not other.subjects:
            # What serves all names may take these along, unless a wider policy in between would get them first.
            shadow = rows.shadow(place)
            if shadow is not None and shadow >= at:
                del rows.kept[place]
                return
        else:
            rows.kept[place] = _joined(one, other)
            del rows.kept[at]


def _have_same_issuers(one: Candidate, other: Candidate) -> bool:
    if one.policy.issuers != other.policy.issuers:
        return one.is_internal_by_default and other.is_internal_by_default
    if one.policy.issuers:
        return True
    classes = {one.default_class, other.default_class}
    return "catch-all" in classes or len(classes) == 1


def _joined(one: Candidate, other: Candidate) -> Candidate:
    subjects = one.subjects + tuple(name for name in other.subjects if name not in one.subjects)
    known = one.default_class if one.default_class == other.default_class else ""
    return replace(one, policy=msgspec.structs.replace(one.policy, subjects=subjects), known_class=known)


def _refuse_overlap(policies: Sequence[AutomationPolicy]) -> None:
    seen: set[str] = set()
    for name in (name for policy in policies for name in policy.subjects):
        if name in seen:
            raise ConfigError(
                f"hostname appears in more than one automation policy, making certificate management ambiguous: {name}"
            )
        seen.add(name)
