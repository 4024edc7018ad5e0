"""Matchers as functions of expressions: how a call's arguments become a matcher's JSON.

client_ip(range, …)    host(name, …)    method(name, …)    path(pattern, …)    remote_ip(range, …)
protocol(name)    header({field: value or [values]})    query({key: …})    vars({name: …})
path_regexp([name,] pattern)    header_regexp([name,] field, pattern)    vars_regexp([name,] variable, pattern)
file()    file(name, …)    file({"root": …, "try_files": […], "try_policy": …, "split_path": […]})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MANY = -1
"""Any number of texts, but at least one."""


@dataclass(frozen=True, slots=True)
class Function:
    """`counts` of texts that a call may have; `takes_map` says that one map may stand in their place.

    `config` makes the matcher's JSON of the arguments, and of the name for what expressions in it capture.
    """

    counts: tuple[int, ...]
    config: Callable[[Sequence[Any], str], Any]
    takes_map: bool = False


def _listed(arguments: Sequence[Any], _: str) -> Any:
    return arguments


def _ranges(arguments: Sequence[Any], _: str) -> Any:
    return {"ranges": arguments}


def _values(arguments: Sequence[Any], _: str) -> Any:
    return {key: [value] if isinstance(value, str) else value for key, value in arguments[0].items()}


def _regexp(arguments: Sequence[Any], name: str) -> Any:
    *given, pattern = arguments
    return {"name": "".join(given) or name, "pattern": pattern}


def _field_regexp(arguments: Sequence[Any], name: str) -> Any:
    *given, field, pattern = arguments
    return {field: {"name": "".join(given) or name, "pattern": pattern}}


def _file(arguments: Sequence[Any], _: str) -> Any:
    if not arguments or isinstance(arguments[0], str):
        return {"try_files": arguments} if arguments else {}
    found = _values(arguments, "")
    return {key: value if key in ("try_files", "split_path") else "".join(value[:1]) for key, value in found.items()}


FUNCTIONS: Mapping[str, Function] = {
    "client_ip": Function((MANY,), _ranges),
    "file": Function((0, MANY), _file, takes_map=True),
    "header": Function((), _values, takes_map=True),
    "header_regexp": Function((2, 3), _field_regexp),
    "host": Function((MANY,), _listed),
    "method": Function((MANY,), _listed),
    "path": Function((MANY,), _listed),
    "path_regexp": Function((1, 2), _regexp),
    "protocol": Function((1,), lambda arguments, _: arguments[0].lower()),
    "query": Function((), _values, takes_map=True),
    "remote_ip": Function((MANY,), _ranges),
    "vars": Function((), _values, takes_map=True),
    "vars_regexp": Function((2, 3), _field_regexp),
}
