"""`rewrite [<matcher>] <to>`: another URI for the handlers; only the parts that `to` names change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.fields import TOKEN
from ..caddyfile.cursor import Cursor
from ..errors import HandlerError
from ..http import query_rewrite, uri_rewrite
from ..http.exchange import Exchange, Middleware, Step
from ..http.placeholders import template
from ..module import Context, Handler
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

    def provision(self, context: Context) -> Middleware:
        """All changes, in the order of the fields."""
        return Step(compiled(self))


class Changes(Protocol):
    """What `compiled` reads: the fields of `Rewrite`, which `reverse_proxy` has as well."""

    @property
    def method(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def strip_path_prefix(self) -> str: ...
    @property
    def strip_path_suffix(self) -> str: ...
    @property
    def uri_substring(self) -> tuple[Substring, ...]: ...
    @property
    def path_regexp(self) -> tuple[Regexp, ...]: ...
    @property
    def query(self) -> QueryOps | None: ...


def compiled(changes: Changes) -> uri_rewrite.Rewrite:
    """The changes as one function; ConfigError for a regular expression that is none."""
    steps: list[uri_rewrite.Rewrite] = []
    if changes.method:
        steps.append(_to_method(changes.method))
    if changes.uri:
        steps.append(uri_rewrite.to_uri(changes.uri))
    if changes.strip_path_prefix:
        steps.append(uri_rewrite.strip_prefix(changes.strip_path_prefix))
    if changes.strip_path_suffix:
        steps.append(uri_rewrite.strip_suffix(changes.strip_path_suffix))
    steps += [uri_rewrite.replace_substring(one.find, one.replace, one.limit) for one in changes.uri_substring]
    steps += [uri_rewrite.replace_regexp(one.find, one.replace) for one in changes.path_regexp]
    if changes.query is not None:
        steps += _query_steps(changes.query)

    def rewrite(exchange: Exchange) -> None:
        for step in steps:
            step(exchange)

    return steps[0] if len(steps) == 1 else rewrite


def _to_method(text: str) -> uri_rewrite.Rewrite:
    fill = template(text)

    def rewrite(exchange: Exchange) -> None:
        method = fill(exchange).upper()
        if method and not TOKEN.fullmatch(method):
            # In an upstream's request line it could be a whole request.
            raise HandlerError(400, "method is none")
        exchange.method = method

    return rewrite


def _query_steps(query: QueryOps) -> Iterator[uri_rewrite.Rewrite]:
    yield from (query_rewrite.rename(one.key, one.val) for one in query.rename)
    yield from (query_rewrite.put(one.key, one.val) for one in query.set)
    yield from (query_rewrite.add(one.key, one.val) for one in query.add)
    yield from (query_rewrite.replace(one.key, one) for one in query.replace)
    yield from (query_rewrite.delete(key) for key in query.delete)


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[Route]:
    """The only argument is the URI, even where it looks like a matcher."""
    if not cursor.remaining:
        raise cursor.error("too few arguments; must have at least a rewrite URI")
    if cursor.remaining > 2:
        raise cursor.error("too many arguments; should only be a matcher and a URI")
    match = adaptation.take_matcher(cursor) if cursor.remaining == 2 else None
    uri = cursor.text()
    adaptation.ignore_rest(cursor)
    cursor.finish_line()
    return [adaptation.route(match or (), Rewrite(uri=uri))]


DIRECTIVE = Directive("rewrite", syntax)
