"""`rewrite [<matcher>] <to>`: another URI for the handlers; only the parts that `to` names change."""

from __future__ import annotations

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..caddyfile.cursor import Cursor
from ..module import Handler
from ..route import Route


class Substring(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A replacement anywhere in the URI; `limit` 0 is any number of times."""

    find: str = ""
    replace: str = ""
    limit: int = 0


class Regexp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A replacement in the path of what a regular expression finds."""

    find: str = ""
    replace: str = ""


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A parameter and its value or new name."""

    key: str = ""
    val: str = ""


class QueryReplacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A replacement in a parameter's values."""

    key: str = ""
    search: str = ""
    search_regexp: str = ""
    replace: str = ""


class QueryOps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Changes of the query, in the order in which they are made."""

    rename: tuple[Pair, ...] = ()
    set: tuple[Pair, ...] = ()
    add: tuple[Pair, ...] = ()
    replace: tuple[QueryReplacement, ...] = ()
    delete: tuple[str, ...] = ()


class Rewrite(Handler, frozen=True, tag="rewrite"):
    """Changes of the request line, also behind `method`, `uri`, `try_files` and `handle_path`."""

    method: str = ""
    uri: str = ""
    strip_path_prefix: str = ""
    strip_path_suffix: str = ""
    uri_substring: tuple[Substring, ...] = ()
    path_regexp: tuple[Regexp, ...] = ()
    query: QueryOps | None = None


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[Route]:
    """The only argument is the URI, even where it looks like a matcher."""
    if not cursor.remaining:
        raise cursor.error("too few arguments; must have at least a rewrite URI")
    if cursor.remaining > 2:
        raise cursor.error("too many arguments; should only be a matcher and a URI")
    match = adaptation.take_matcher(cursor) if cursor.remaining == 2 else None
    uri = cursor.only()
    cursor.finish_line()
    return [adaptation.route(match or (), Rewrite(uri=uri))]


DIRECTIVE = Directive("rewrite", syntax)
