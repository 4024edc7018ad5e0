"""`forward_auth [<matcher>] [<upstreams...>] { uri <uri>; copy_headers <fields...>; … }`: asks a gateway first.

The request's line and header go to the gateway. If it answers 2xx, the fields of `copy_headers` (`From>To` under
another name) are copied from its answer to the request, which goes on; any other answer is the client's. All
subdirectives of `reverse_proxy` are understood.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.emit import plain
from ..adapt.fields import canonical
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, parted, read_block, text
from ..route import Route
from .headers import HeaderOps, Headers
from .response_handler import ResponseHandler
from .response_matcher import ResponseMatcher
from .reverse_proxy.config import ReverseProxy
from .reverse_proxy.syntax import Preset, read_proxy
from .vars import Vars

SUCCESS = ResponseMatcher(status_code=(2,))
ASKED = {"X-Forwarded-Method": "{http.request.method}", "X-Forwarded-Uri": "{http.request.uri}"}
"""What the gateway is told of the request, beside what every proxy tells."""


def syntax(cursor: Cursor, adaptation: Adaptation) -> ReverseProxy:
    """A proxy whose good answers are not passed on, but let the request go on."""
    own, others = parted(cursor, ROWS.__contains__)
    fields = read_block(own, ROWS)
    if not fields.get("uri"):
        raise cursor.segment.error("the 'uri' subdirective is required")
    copied = dict(fields.get("copied", ()))
    routes = (adaptation.route((), Vars()), *_copying(copied, adaptation))
    preset = Preset(
        # As a GET it has no body, which is left for what follows.
        rewrite={"method": "GET", "uri": fields["uri"]},
        request_header=ASKED,
        responses=(ResponseHandler(match=SUCCESS, routes=routes),),
    )
    return read_proxy(others, adaptation, preset)


def _copying(copied: dict[str, str], adaptation: Adaptation) -> Iterator[Route]:
    for source, name in sorted(copied.items()):
        placeholder = f"{{http.reverse_proxy.header.{canonical(source)}}}"
        target = canonical(name)
        # Deleted in any case, lest a client pass off a field of its own for one of the gateway's.
        yield adaptation.route((), Headers(request=HeaderOps(delete=(target,))))
        is_given = {"not": plain([{"vars": {placeholder: [""]}}])}
        yield adaptation.route((is_given,), Headers(request=HeaderOps(set={target: (placeholder,)})))


def _copied(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    words = [*cursor.words(), *(word for line in cursor.take_block() for word in line.words)]
    if not words:
        raise cursor.wrong_count()
    return tuple(_renamed(word.text) for word in words)


def _renamed(field: str) -> tuple[str, str]:
    source, arrow, target = field.partition(">")
    return source, target.partition(">")[0] if arrow else source


ROWS = {
    "uri": Row("uri", text, refuses={"uri": "cannot re-declare uri: {}"}),
    "copy_headers": Row("copied", _copied, adds=True),
}

DIRECTIVE = handler("forward_auth", syntax)
