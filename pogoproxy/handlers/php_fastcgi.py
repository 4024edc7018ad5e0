"""`php_fastcgi [<matcher>] <upstreams...> { root, split, index, try_files, env, … }`: PHP by a FastCGI responder.

All subdirectives of `reverse_proxy` are understood, too, and those of its transport `fastcgi`.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import parted, read_parts
from . import front_controller
from .front_controller import SCRIPTS, FrontController, in_place
from .reverse_proxy import fastcgi_transport
from .reverse_proxy.fastcgi_transport import FastCGITransport
from .reverse_proxy.syntax import Preset, read_proxy

PARTS = {"transport": fastcgi_transport.ROWS, "controller": front_controller.ROWS}
LOCATION = "{http.request.orig_uri.path}/{http.request.orig_uri.prefixed_query}"


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[object]:
    """The front controller's routes, and the one that proxies PHP files."""
    match = adaptation.take_matcher(cursor)
    own, others = parted(cursor, lambda name: any(name in rows for rows in PARTS.values()))
    parts = read_parts(own, PARTS)
    transport = {"split_path": SCRIPTS} | parts.get("transport", {})
    split = transport["split_path"]
    controller = FrontController(split=split, location=LOCATION, **parts.get("controller", {}))
    proxy = read_proxy(others, adaptation, Preset(transport=FastCGITransport.of(transport)))
    scripts = {"path": plain([f"*{end}" for end in split])}
    routes = (*controller.routes(adaptation), adaptation.route((scripts,), proxy))
    return [in_place(match, routes, adaptation)]


DIRECTIVE = Directive("php_fastcgi", syntax)
