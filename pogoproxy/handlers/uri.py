"""`uri [<matcher>] <operation> …`: changes of the URI.

    strip_prefix <prefix> | strip_suffix <suffix> | replace <find> <replacement> [<limit>]
    path_regexp <find> <replacement>
    query <change> | query { <changes...> }

A change of the query is `-<key>`, `+<key> <value>`, `<key>><new>`, `<key> <value>` or `<key> <search> <replacement>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.readers import integer_of
from ..caddyfile.cursor import Cursor
from .rewrite import Pair, QueryOps, QueryReplacement, Regexp, Rewrite, Substring


def syntax(cursor: Cursor, adaptation: Adaptation) -> Rewrite:
    """The operation."""
    operation = cursor.text()
    if operation == "query":
        return Rewrite(query=_query(cursor))
    if operation == "strip_prefix":
        rewrite = Rewrite(strip_path_prefix=cursor.only())
    elif operation == "strip_suffix":
        rewrite = Rewrite(strip_path_suffix=cursor.only())
    elif operation == "replace":
        rewrite = Rewrite(uri_substring=(_substring(cursor),))
    elif operation == "path_regexp":
        rewrite = Rewrite(path_regexp=(Regexp(find=cursor.text(), replace=cursor.only()),))
    else:
        raise cursor.error(f"unrecognized URI manipulation '{operation}'")
    cursor.finish_line()
    return rewrite


def _substring(cursor: Cursor) -> Substring:
    find, replace, limit = cursor.text(), cursor.text(), cursor.maybe()
    cursor.finish()
    times = integer_of(limit, "limit must be an integer; invalid: ") if limit and limit.text else 0
    return Substring(find=find, replace=replace, limit=times)


@dataclass
class _Changes:
    rename: list[Pair] = field(default_factory=list)
    set: list[Pair] = field(default_factory=list)
    add: list[Pair] = field(default_factory=list)
    replace: list[QueryReplacement] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)

    def take(self, cursor: Cursor, words: Sequence[str]) -> None:
        key, *values = words
        if key.startswith("-"):
            self.delete.append(key.lstrip("-"))
            wanted = 0
        elif key.startswith("+"):
            self.add += [Pair(key=key.lstrip("+"), val=value) for value in values]
            wanted = 1
        elif ">" in key:
            old, new, *_ = key.split(">")
            self.rename.append(Pair(key=old, val=new))
            wanted = 0
        elif len(values) == 2:
            self.replace.append(QueryReplacement(key=key, search_regexp=values[0], replace=values[1]))
            wanted = 2
        else:
            self.set += [Pair(key=key, val=value) for value in values]
            wanted = 1
        if len(values) != wanted:
            raise cursor.wrong_count()


def _query(cursor: Cursor) -> QueryOps:
    changes = _Changes()
    words = cursor.texts()
    if words:
        changes.take(cursor, words)
    for line in cursor.block():
        if words:
            raise line.error("Cannot specify uri query rewrites in both argument and block")
        changes.take(line, (line.name, *line.texts()))
        line.finish_line()
    return QueryOps(
        rename=tuple(changes.rename),
        set=tuple(changes.set),
        add=tuple(changes.add),
        replace=tuple(changes.replace),
        delete=tuple(changes.delete),
    )


DIRECTIVE = handler("uri", syntax)
