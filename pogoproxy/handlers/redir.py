"""`redir [<matcher>] <to> [<code>]`: a redirection.

The code is `permanent` (301), `temporary` (302, the default), `html`, 3xx, 401 or a placeholder.
"""

from __future__ import annotations

from html import escape

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.weak import WeakString, integer, weak
from ..caddyfile.cursor import Cursor
from ..caddyfile.tree import Word
from .respond import StaticResponse

NAMED = {"permanent": 301, "temporary": 302}

# Caddy's page, byte for byte, since it is part of the adapted configuration. The script goes first, because it
# leaves no entry in the browser's history; the meta element is for clients without scripts.
PAGE = """<!DOCTYPE html>
<html>
	<head>
		<title>Redirecting...</title>
		<script>window.location.replace("{to}");</script>
		<meta http-equiv="refresh" content="0; URL='{to}'">
	</head>
	<body>Redirecting to <a href="{to}">{to}</a>...</body>
</html>
"""


def syntax(cursor: Cursor, adaptation: Adaptation) -> StaticResponse:
    """A Location header and its status, or a page that redirects browsers only."""
    to = cursor.text()
    code = cursor.maybe()
    adaptation.ignore_rest(cursor)
    cursor.finish_line()
    if code and code.text == "html":
        return _page(to)
    status = _status(code) if code else NAMED["temporary"]
    return StaticResponse(status_code=status, headers={"Location": (to,)})


def _page(to: str) -> StaticResponse:
    safe = escape(to).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    return StaticResponse(
        status_code=200,
        headers={"Content-Type": ("text/html; charset=utf-8",)},
        body=PAGE.replace("{to}", safe),
    )


def _status(code: Word) -> WeakString:
    if code.text in NAMED:
        return NAMED[code.text]
    if code.text.startswith("{"):
        return weak(code.text)
    try:
        status = integer(code.text)
    except ValueError:
        raise code.error(f"Not a supported redir code type or not valid integer: '{code.text}'") from None
    # A script's request follows a 3xx unseen, but can read the Location of a 401: sign-in pages want that.
    if not (300 <= status <= 399 or status == 401):
        raise code.error(f"Redir code not in the 3xx range or 401: '{status}'")
    return status


DIRECTIVE = handler("redir", syntax)
