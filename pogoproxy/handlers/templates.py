"""`templates [<matcher>] { mime <types...>; between <open> <close>; root <path>; extensions { … } }`."""

from __future__ import annotations

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import read_block, rows, text, texts
from ..errors import ConfigError
from ..http.exchange import Middleware
from ..module import Context, Handler


class Templates(Handler, frozen=True, tag="templates"):
    """Executes answers of these types as templates."""

    file_root: str = ""
    mime_types: tuple[str, ...] = ()
    delimiters: tuple[str, ...] = ()
    match: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)

    def provision(self, context: Context) -> Middleware:
        """Never; ConfigError with what to use in its place."""
        raise ConfigError("templates is not supported: its language is Go's; render pages in an application, by `app`")


def _delimiters(cursor: Cursor) -> tuple[str, str]:
    return cursor.text(), cursor.only()


def _extensions(cursor: Cursor) -> dict[str, msgspec.Raw]:
    cursor.finish()
    for line in cursor.block():
        module = f"http.handlers.templates.functions.{line.name}"
        raise line.error(f"getting module named '{module}': module not registered: {module}")
    return {}


ROWS = {
    **rows(extensions=_extensions),
    "mime": rows(mime_types=texts)["mime_types"],
    "between": rows(delimiters=_delimiters)["delimiters"],
    "root": rows(file_root=text)["file_root"],
}


def syntax(cursor: Cursor, adaptation: Adaptation) -> Templates:
    """The block."""
    adaptation.ignore_rest(cursor)
    fields = read_block(cursor, ROWS)
    fields.pop("extensions", None)
    return Templates(**fields)


DIRECTIVE = handler("templates", syntax)
