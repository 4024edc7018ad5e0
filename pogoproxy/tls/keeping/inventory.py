"""Which certificates there are, by the names they are for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..connection import CertificateSelection
from .certificate import Certificate


class Inventory:
    """All certificates that may be served."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Certificate]] = {}

    def __iter__(self) -> Iterator[Certificate]:
        return iter({id(one): one for found in self._by_name.values() for one in found}.values())

    def add(self, certificate: Certificate) -> None:
        """Have it served for its names."""
        for name in certificate.names:
            self._by_name.setdefault(name, []).append(certificate)

    def remove(self, certificate: Certificate) -> None:
        """No longer serve it."""
        for name in certificate.names:
            left = [one for one in self._by_name.get(name, ()) if one.fingerprint != certificate.fingerprint]
            if left:
                self._by_name[name] = left
            else:
                self._by_name.pop(name, None)

    def covers(self, name: str) -> bool:
        """Whether one could be served for the name."""
        return any(pattern in self._by_name for pattern in patterns(name))

    def find(self, name: str, select: Callable[[Certificate], bool], now: float) -> tuple[Certificate, ...]:
        """The best certificates for a server name, at most one for each algorithm; those of wildcards come last."""
        for pattern in patterns(name):
            chosen = [one for one in self._by_name.get(pattern, ()) if select(one)]
            if chosen:
                return _one_each(chosen, now)
        return ()


def patterns(name: str) -> Iterator[str]:
    """The name, then the wildcards that cover it: `*.b.c`, `*.*.c`, … in this order, which is Caddy's."""
    yield name
    labels = name.split(".")
    for place in range(len(labels)):
        labels[place] = "*"
        yield ".".join(labels)


def without_covered(names: Iterable[str], others: Iterable[str]) -> list[str]:
    """The names for which no wildcard among them, or among the others, would do."""
    names = list(names)
    wildcards = {name for name in (*names, *others) if "*" in name}
    return [name for name in names if not any(one in wildcards for one in patterns(name) if one != name)]


def _one_each(chosen: Iterable[Certificate], now: float) -> tuple[Certificate, ...]:
    best: dict[str, Certificate] = {}
    for one in sorted(chosen, key=lambda one: (one.is_valid(now), one.not_after)):
        best[one.algorithm] = one
    valid = tuple(one for one in best.values() if one.is_valid(now))
    return valid or tuple(best.values())


def selector(selection: CertificateSelection | None) -> Callable[[Certificate], bool]:
    """Which certificates a connection policy wants."""
    if selection is None:
        return lambda certificate: True

    def is_wanted(one: Certificate) -> bool:
        return (
            (not selection.serial_number or str(one.serial) in selection.serial_number)
            and (not selection.subject_organization or bool({*selection.subject_organization} & {*one.organizations}))
            and (not selection.public_key_algorithm or selection.public_key_algorithm.lower() == one.algorithm)
            and (not selection.any_tag or bool({*selection.any_tag} & {*one.tags}))
            and {*selection.all_tags} <= {*one.tags}
        )

    return is_wanted
