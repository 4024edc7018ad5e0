"""`tls [early_data]`: the request came over TLS; with `early_data`, before the handshake was complete."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..module import Context, MatcherModule


class TLS(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Whether the handshake must be complete; None does not ask."""

    handshake_complete: bool | None = None


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> TLS:
    """Early data on any line is asked for."""
    for line in lines:
        if line.remaining > 1:
            raise line.wrong_count()
    asked = [word for line in lines for word in line.words()]
    for word in asked:
        if word.text != "early_data":
            raise word.error(f"unrecognized option '{word.text}'")
    no_blocks(lines, "tls")
    return TLS(handshake_complete=False if asked else None)


def provision(config: TLS, context: Context) -> Predicate:
    """Whether the request came over TLS. No early data is taken, so that every handshake is complete."""
    return lambda exchange: exchange.tls is not None and config.handshake_complete is not False


MATCHER = MatcherModule("tls", TLS, syntax, provision)
