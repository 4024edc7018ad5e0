"""Acting on an answer when it starts: which answers (`ResponseMatcher`), and what is changed in their head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .exchange import Exchange
from .header_ops import Edit
from .headers import HeaderList, find
from .writer import Writer, WriterWrapper

ResponsePredicate = Callable[[int, HeaderList], bool]


def match_response(statuses: Sequence[int], headers: Mapping[str, Sequence[str] | None]) -> ResponsePredicate:
    """Whether the status is one of these (one digit is a class), and each field has one of its values.

    A field with None must be absent, one with no values must be there; `*` at either end of a value is any text.
    """
    tests = [value_test(name.lower().encode(), values) for name, values in headers.items()]

    def predicate(status: int, found: HeaderList) -> bool:
        if statuses and status not in statuses and status // 100 not in statuses:
            return False
        return all(test(found) for test in tests)

    return predicate


def value_test(lowered: bytes, wanted: Sequence[str] | None) -> Callable[[HeaderList], bool]:
    """Whether a field has one of these values, is there at all (no values), or is absent (None)."""
    if wanted is None:
        return lambda headers: find(headers, lowered) is None
    if not wanted:
        return lambda headers: find(headers, lowered) is not None
    tests = [_covers(pattern.encode(errors="surrogateescape")) for pattern in wanted]
    size = len(lowered)

    def test(headers: HeaderList) -> bool:
        for name, value in headers:
            if len(name) == size and name.lower() == lowered:
                for covers in tests:
                    if covers(value):
                        return True
        return False

    return test


def _covers(pattern: bytes) -> Callable[[bytes], bool]:
    """Whether a value is what the pattern says."""
    starts, ends = pattern.startswith(b"*"), pattern.endswith(b"*")
    if pattern == b"*":
        return lambda _: True
    if starts and ends:
        return lambda value: pattern[1:-1] in value
    if starts:
        return lambda value: value.endswith(pattern[1:])
    if ends:
        return lambda value: value.startswith(pattern[:-1])
    return pattern.__eq__


class HeadEditor(WriterWrapper):
    """Applies an edit to the whole head of the answer when it starts."""

    __slots__ = ("_edit", "_exchange", "_require")

    def __init__(self, inner: Writer, exchange: Exchange, edit: Edit, require: ResponsePredicate | None) -> None:
        super().__init__(inner)
        self._exchange = exchange
        self._edit = edit
        self._require = require

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        # While it is edited, the whole head is what placeholders say of the answer.
        known = self._exchange.response_headers
        known += headers
        if self._require is None or self._require(status, known):
            self._edit(known, self._exchange)
        whole = known.copy()
        known.clear()
        await self.inner.start(status, whole, length)
