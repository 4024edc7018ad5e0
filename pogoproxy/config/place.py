"""Where in a JSON or YAML text a value stands."""

from __future__ import annotations

import yaml

from ..errors import Span

Path = tuple[str | int, ...]
"""Keys and indices, from the root on."""

LONGEST = 1_000_000
"""Characters of a text in which a place is looked for, since it is parsed again for that, by a slow parser."""


def shown(path: Path) -> str:
    """`apps.http.servers.srv0.routes[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def span_of(text: str, path: Path, file: str) -> Span | None:
    """The place of the key or item that the path leads to, as far as it leads; None if the text is too long for that.

    JSON is read as YAML, which contains it but for tabs.
    """
    if len(text) > LONGEST:
        return None
    try:
        node = yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    found = node
    for step in path:
        marked, node = _child(node, step)
        if marked is None:
            break
        found = marked
    if found is None:
        return None
    start, end = found.start_mark, found.end_mark
    return Span(file, start.line + 1, start.column + 1, end.column - start.column if start.line == end.line else 1)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The node to point at, which is the key in a mapping, and the node to go on from."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None
