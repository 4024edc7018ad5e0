"""`push [<matcher>] [<resource>] { [GET|HEAD] <resource>; headers { … } }`: resources that the page will need."""

from __future__ import annotations

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..errors import ConfigError
from ..http.exchange import Middleware
from ..module import Context, Handler
from .headers import HeaderOps, Operations


class Resource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A resource; the method is GET if it is empty."""

    method: str = ""
    target: str = ""


class Push(Handler, frozen=True, tag="push"):
    """Offers resources ahead of the answer."""

    resources: tuple[Resource, ...] = ()
    headers: HeaderOps | None = None

    def provision(self, context: Context) -> Middleware:
        """Never; ConfigError with what to write in its place."""
        raise ConfigError("push is not supported: browsers have given it up; send a Link header with rel=preload")


def syntax(cursor: Cursor, adaptation: Adaptation) -> Push:
    """The resources, and the headers of the requests that are made up for them."""
    inline = cursor.maybe()
    adaptation.ignore_rest(cursor)
    resources = [Resource(target=inline.text)] if inline else []
    operations = Operations()
    has_headers = False
    for line in cursor.block():
        if line.name == "headers":
            line.finish()
            for field in line.block():
                has_headers = True
                operations.read(field, field.name, is_response=False)
                field.finish_line()
        elif line.name in ("GET", "HEAD"):
            resources.append(Resource(method=line.name, target=line.only()))
        else:
            resources.append(Resource(target=line.name))
            line.finish_line()
    return Push(resources=tuple(resources), headers=operations.request() if has_headers else None)


DIRECTIVE = handler("push", syntax)
