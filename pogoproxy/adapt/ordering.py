"""Go's stable sort. Caddy sorts with predicates that are no order, so what comes out depends on the algorithm.

`vars` and `handle_errors` are compared by the negation of an order: equal elements count as misplaced, and end up
reversed where one insertion run holds them. A sort that is merely stable would answer otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
Less = Callable[[T, T], bool]

RUN = 20
"""The length of the runs that Go sorts by insertion before it merges them (sort.SliceStable)."""


def stable_sorted(items: Iterable[T], less: Less[T]) -> list[T]:
    """What `sort.SliceStable` makes of the items, whether or not `less` is an order."""
    rows = list(items)
    for start in range(0, len(rows), RUN):
        _insertion(rows, start, min(start + RUN, len(rows)), less)
    block = RUN
    while block < len(rows):
        for start in range(0, len(rows) - block, 2 * block):
            _merge(rows, start, start + block, min(start + 2 * block, len(rows)), less)
        block *= 2
    return rows


def _insertion(rows: list[T], start: int, end: int, less: Less[T]) -> None:
    for at in range(start + 1, end):
        place = at
        while place > start and less(rows[place], rows[place - 1]):
            rows[place], rows[place - 1] = rows[place - 1], rows[place]
            place -= 1


def _merge(rows: list[T], start: int, middle: int, end: int, less: Less[T]) -> None:
    """Merge two sorted runs in place by rotations (the SymMerge algorithm of Kim and Kutzner, 2004)."""
    if middle - start == 1:
        _move(rows, start, _first(middle, end, lambda at: not less(rows[at], rows[start])) - 1)
    elif end - middle == 1:
        _move(rows, middle, _first(start, middle, lambda at: less(rows[middle], rows[at])))
    elif start < middle < end:
        _merge_halves(rows, start, middle, end, less)


def _merge_halves(rows: list[T], start: int, middle: int, end: int, less: Less[T]) -> None:
    half = (start + end) // 2
    around = half + middle
    low, high = (around - end, half) if middle > half else (start, middle)
    cut = _first(low, high, lambda at: less(rows[around - 1 - at], rows[at]))
    tail = around - cut
    if cut < middle < tail:
        rows[cut:tail] = rows[middle:tail] + rows[cut:middle]
    if start < cut < half:
        _merge(rows, start, cut, half, less)
    if half < tail < end:
        _merge(rows, half, tail, end, less)


def _move(rows: list[T], source: int, target: int) -> None:
    rows.insert(target, rows.pop(source))


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first index for which a predicate holds, by bisection; `high` if for none."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
