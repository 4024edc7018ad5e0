"""A site and the requests that both servers must answer alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Suite:
    """`site` are directives, in which `{root}` is a folder with `files`; `differs` are requests with a reason.

    `routes` are named routes, which stand ahead of a site.

    A request in `differs` must be answered differently, so that nothing is excused that has become alike.
    """

    name: str
    site: str
    requests: tuple[bytes, ...]
    files: dict[str, str] = field(default_factory=dict)
    differs: dict[bytes, str] = field(default_factory=dict)
    routes: str = ""


def ask(line: str, *fields: str, body: str = "") -> bytes:
    """A whole request: `/path` or `METHOD /path`, and more fields; the host is example.com unless they say another."""
    method, _, target = line.rpartition(" ")
    lines = [f"{method or 'GET'} {target} HTTP/1.1"]
    if not any(one.lower().startswith("host:") for one in fields):
        lines.append("Host: example.com")
    lines += [*fields, "Connection: close"]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join((*lines, "", body)).encode("utf-8", "surrogateescape")


def asks(lines: Iterable[str], *fields: str) -> tuple[bytes, ...]:
    """Requests that differ in their first line only."""
    return tuple(ask(line, *fields) for line in lines)


def numbered(conditions: Iterable[str]) -> str:
    """A site whose answers name all matchers that match: conditions are lines as they stand after `@name`."""
    lines = []
    for number, condition in enumerate(conditions):
        lines += [f"@m{number} {condition}", f"header @m{number} +Matched {number}"]
    return "\n".join(lines)


def words(text: str) -> tuple[str, ...]:
    """What blanks and line ends stand between."""
    return tuple(text.split())
