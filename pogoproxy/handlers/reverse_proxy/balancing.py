"""`load_balancing`: which upstream is next, and how long to go on trying."""

from __future__ import annotations

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.readers import guest, number
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration
from ...module import Duration
from ...route import MatcherSet
from .selection import SelectionPolicy


class LoadBalancing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The policy, and the retries.

    By default a request is tried once. `retries` and `try_duration` bound further tries, `try_interval` (250ms by
    default) lies between them. After a failed dial another try is always safe; otherwise the request must be a GET,
    or match one of the sets in `retry_match`.
    """

    selection_policy: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    retries: int = 0
    try_duration: Duration = 0
    try_interval: Duration = 0
    retry_match: tuple[MatcherSet, ...] = ()


def balancing_rows(adaptation: Adaptation) -> dict[str, Row]:
    """The subdirectives that begin with `lb_`."""

    def matcher_set(cursor: Cursor) -> tuple[MatcherSet]:
        return (adaptation.matchers.nested(cursor.rest()),)

    return {
        "lb_policy": Row(
            "selection_policy",
            guest(SelectionPolicy, adaptation),
            refuses={"selection_policy": "load balancing selection policy already specified"},
        ),
        "lb_retries": Row("retries", number),
        "lb_try_duration": Row("try_duration", duration),
        "lb_try_interval": Row("try_interval", duration),
        "lb_retry_match": Row("retry_match", matcher_set, adds=True),
    }
