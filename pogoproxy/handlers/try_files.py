"""`try_files [<matcher>] <files...> { policy <policy> }`: rewrites to the first file that exists.

A file with a query has a route of its own, since the query is appended to the URI. No route has a group with
other directives; those of one `try_files` exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..http.file_search import POLICIES
from ..matchers.file import FileMatcher
from ..route import Route
from .rewrite import Rewrite

FOUND = "{http.matchers.file.relative}"


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[Route]:
    """One route, or several in a group where files have queries."""
    files = cursor.texts(least=1)
    policy = _policy(cursor)
    routes = [
        adaptation.route(
            ({"file": plain(FileMatcher(try_files=tuple(tried), try_policy=policy))},), Rewrite(uri=FOUND + query)
        )
        for tried, query in _runs(files)
    ]
    if len(routes) < 2:
        return routes
    group = adaptation.shared.groups.next()
    return [msgspec.structs.replace(route, group=group) for route in routes]


def _policy(cursor: Cursor) -> str:
    policy = ""
    for line in cursor.block():
        if line.name != "policy":
            raise line.error(f"unrecognized subdirective: {line.name}")
        if policy:
            raise line.error("try policy already configured")
        policy = line.only()
        if policy not in POLICIES:
            raise line.error(f"unrecognized try policy: {policy}")
        line.finish_line()
    return policy


def _runs(files: tuple[str, ...]) -> Iterator[tuple[list[str], str]]:
    """Files without a query together, and each that has one alone, with its query."""
    for has_query, run in groupby(files, key=lambda file: "?" in file):
        if not has_query:
            yield list(run), ""
            continue
        for file in run:
            path, mark, query = file.partition("?")
            yield [path], mark + query


DIRECTIVE = Directive("try_files", syntax)
