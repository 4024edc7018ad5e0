"""Matchers of answers: `status <code...>` and `header <field> [<value>]`, in `handle_response`, `header`, `encode`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..adapt.readers import status_class
from ..caddyfile.cursor import Cursor
from ..caddyfile.tree import Segment
from ..http.response_head import ResponsePredicate, match_response
from ..matchers.header import read_fields


class ResponseMatcher(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Matches if the status is one of these (one digit is a class) and each header field has one of its values.

    A field with None must be absent, one with no values at all must be there.
    """

    status_code: tuple[int, ...] = ()
    headers: dict[str, tuple[str, ...] | None] = {}

    def compiled(self) -> ResponsePredicate:
        """The predicate for an answer's status and head."""
        return match_response(self.status_code, self.headers)


def read_response_matcher(segment: Segment) -> ResponseMatcher:
    """The matcher after a name: `@name status 2xx`, or a block of such lines; ConfigError if it is malformed."""
    lines = (Segment(segment.args, segment.block),) if segment.args else segment.block or ()
    return _read(map(Cursor, lines))


def _read(lines: Iterable[Cursor]) -> ResponseMatcher:
    statuses: list[int] = []
    headers: dict[str, tuple[str, ...] | None] = {}
    for line in lines:
        if line.name == "status":
            statuses += map(status_class, line.words(least=1))
        elif line.name == "header":
            read_fields([line], headers)
        else:
            raise line.error(f"unrecognized response matcher {line.name}")
        line.finish()
    return ResponseMatcher(status_code=tuple(statuses), headers=dict(sorted(headers.items())))
