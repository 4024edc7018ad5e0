"""Reading and changing a config tree by path, as Caddy's `/config/…` endpoint does it. Plain data in, plain data out.

POST sets, or appends to an array; PUT creates, or inserts into an array, and never replaces; PATCH replaces what is
there; DELETE removes. A POST path that ends in `...` appends each element of the array it is given.
"""

from __future__ import annotations

import copy
from typing import Any

from ..errors import HandlerError


def read(tree: Any, path: str) -> Any:
    """The value at `path` (`apps/http/servers`); HandlerError if the way there does not exist."""
    value = tree
    for part in _parts(path):
        value = _step(value, part, path) if isinstance(value, (list, dict)) else _lost(path)
    return value


def edited(tree: Any, method: str, path: str, value: Any) -> Any:
    """A changed copy of the tree; HandlerError (404, 409, 400) if that cannot be."""
    parts = _parts(path)
    is_expanded = method == "POST" and parts[-1:] == ["..."]
    if is_expanded:
        parts.pop()
    if not parts:
        return _root(tree, method, value)
    changed = copy.deepcopy(tree)
    parent = changed
    for part in parts[:-1]:
        parent = _step(parent, part, path)
    if isinstance(parent, list):
        _edit_array(parent, method, parts[-1], value, path)
    elif isinstance(parent, dict):
        _edit_object(parent, method, parts[-1], value, path, is_expanded=is_expanded)
    else:
        _lost(path)
    return changed


def _parts(path: str) -> list[str]:
    return [part for part in path.strip("/").split("/") if part]


def _root(tree: Any, method: str, value: Any) -> Any:
    if method == "PUT" and tree:
        raise HandlerError(409, "[/config/] key already exists: config")
    return None if method == "DELETE" else value


def _step(value: Any, part: str, path: str) -> Any:
    if isinstance(value, list):
        return value[_index(part, len(value) - 1, path)]
    if isinstance(value, dict) and part in value:
        return value[part]
    return _lost(path) if not isinstance(value, dict) else None


def _lost(path: str) -> Any:
    raise HandlerError(400, f"invalid traversal path at: {path}")


def _index(part: str, most: int, path: str) -> int:
    if not part.isascii() or not part.isdigit() or str(int(part)) != part:
        raise HandlerError(400, f"[/{path}] invalid array index '{part}'")
    if int(part) > most:
        raise HandlerError(400, f"[/{path}] array index out of bounds: {part}")
    return int(part)


def _edit_array(array: list[Any], method: str, part: str, value: Any, path: str) -> None:
    place = _index(part, len(array) - (method != "PUT"), path)
    match method:
        case "PUT":
            array.insert(place, value)
        case "DELETE":
            del array[place]
        case _:
            array[place] = value


def _edit_object(parent: dict[str, Any], method: str, key: str, value: Any, path: str, *, is_expanded: bool) -> None:
    match method:
        case "POST":
            _post(parent, key, value, is_expanded)
        case "PUT" if key in parent:
            raise HandlerError(409, f"[/{path}] key already exists: {key}")
        case "PATCH" | "DELETE" if key not in parent:
            raise HandlerError(404, f"[/{path}] key does not exist: {key}")
        case "DELETE":
            del parent[key]
        case _:
            parent[key] = value


def _post(parent: dict[str, Any], key: str, value: Any, is_expanded: bool) -> None:
    found = parent.get(key)
    if is_expanded and (not isinstance(value, list) or not isinstance(found, list)):
        raise HandlerError(400, "final element is not an array")
    if isinstance(found, list):
        found += value if is_expanded else [value]
    else:
        parent[key] = value
