"""`metrics [<matcher>] { disable_openmetrics }`: the metrics for Prometheus."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import flag, read_block, rows
from ..module import Handler


class MetricsHandler(Handler, frozen=True, tag="metrics"):
    """Answers with the metrics."""

    disable_openmetrics: bool = False


ROWS = rows(disable_openmetrics=flag)


def syntax(cursor: Cursor, adaptation: Adaptation) -> MetricsHandler:
    """The block."""
    cursor.finish()
    return MetricsHandler(**read_block(cursor, ROWS, unknown='unrecognized subdirective "{}"'))


DIRECTIVE = handler("metrics", syntax)
