"""What imports what: a graph that must stay free of cycles."""

from __future__ import annotations

from collections.abc import Iterable

from .tree import Word


class ImportGraph:
    """The imports made so far, from file or `file:snippet` to the same."""

    def __init__(self) -> None:
        self._targets: dict[str, set[str]] = {}

    def connect(self, origin: str, targets: Iterable[str], at: Word) -> None:
        """Note that `origin` imports these; ConfigError if that closes a cycle."""
        known = self._targets.setdefault(origin, set())
        for target in targets:
            if target in known:
                continue
            if self._reaches(target, origin):
                raise at.error(f"a cycle of imports exists between {origin} and {target}")
            known.add(target)

    def _reaches(self, start: str, goal: str) -> bool:
        seen = set()
        todo = [start]
        while todo:
            if (node := todo.pop()) == goal:
                return True
            if node not in seen:
                seen.add(node)
                todo += self._targets.get(node, ())
        return False
