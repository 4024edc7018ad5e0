"""What an app worker says of a request's jobs, for the access log."""

from __future__ import annotations

from ..http.exchange import Exchange
from ..http.headers import HeaderList
from ..jobs.tally import FIELD, read_field


def note_jobs(status: int, headers: HeaderList, exchange: Exchange) -> None:
    """Take it out of the answer's head, so that no client sees it."""
    for place, (name, value) in enumerate(headers):
        if name.lower() == FIELD:
            del headers[place]
            for field, known in read_field(value).items():
                exchange.log_fields[field] = lambda _, known=known: known  # type: ignore[misc]
            return
