"""`metrics [<matcher>] { disable_openmetrics }`: the figures of all processes, for Prometheus."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import flag, read_block, rows
from ..http.exchange import Endpoint, Exchange, Middleware
from ..http.headers import find_all
from ..metrics import CONTENT_TYPE, OPENMETRICS, Scrape, exposed
from ..module import Context, Handler


class MetricsHandler(Handler, frozen=True, tag="metrics"):
    """Answers with the metrics."""

    disable_openmetrics: bool = False

    def provision(self, context: Context) -> Middleware:
        """In OpenMetrics' format to who asks for it, in Prometheus' own else."""
        scrape = context.service(Scrape)

        def middleware(following: Endpoint) -> Endpoint:
            async def endpoint(exchange: Exchange) -> None:
                openmetrics = not self.disable_openmetrics and _prefers_openmetrics(exchange)
                text = exposed(await scrape.families(), openmetrics=openmetrics).encode()
                kind = OPENMETRICS if openmetrics else CONTENT_TYPE
                await exchange.writer.respond(200, [(b"Content-Type", kind.encode())], text)

            return endpoint

        return middleware


def _prefers_openmetrics(exchange: Exchange) -> bool:
    """Prometheus names the formats that it takes, the best first."""
    accepted = b",".join(find_all(exchange.headers, b"accept"))
    return b"application/openmetrics-text" in accepted


ROWS = rows(disable_openmetrics=flag)


def syntax(cursor: Cursor, adaptation: Adaptation) -> MetricsHandler:
    """The block."""
    cursor.finish()
    return MetricsHandler(**read_block(cursor, ROWS, unknown='unrecognized subdirective "{}"'))


DIRECTIVE = handler("metrics", syntax)
