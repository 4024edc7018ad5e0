"""`--envfile`: files of `KEY=VALUE` lines that add to the environment, as Caddy reads them."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from ..errors import ConfigError, Span
from .files import read_text


def load_envfile(path: str, environ: MutableMapping[str, str]) -> None:
    """Set the file's variables that are not set already; ConfigError at the first line that is none."""
    for name, value in parse_envfile(read_text(path), path).items():
        environ.setdefault(name, value)


def parse_envfile(text: str, path: str) -> dict[str, str]:
    """The variables in a text. `export ` in front, comments, and quoted values of several lines are allowed."""
    variables: dict[str, str] = {}
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, raw in lines:
        line = raw.strip()
        if line and not line.startswith("#"):
            name, value = _assignment(line, Span(path, number, 1, max(1, len(raw))))
            variables[name] = _unquote(line, value, lines)
    return variables


def _assignment(line: str, span: Span) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    name = name.removeprefix("export ")
    if not equals:
        raise ConfigError(f"can't parse line {span.line}; line should be in KEY=VALUE format", span)
    if not name or "\0" in line:
        raise ConfigError(f"missing or empty key on line {span.line}", span)
    if " " in name:
        raise ConfigError(f"invalid key on line {span.line}: contains whitespace: {name}", span)
    if value.startswith((" ", "\t")):
        raise ConfigError(f"invalid value on line {span.line}: whitespace before value: '{value}'", span)
    before, comment, _ = value.partition("#")
    return name, before.rstrip(" \t") if comment else value


def _unquote(line: str, value: str, lines: Iterator[tuple[int, str]]) -> str:
    """A quoted value goes on over further lines until one ends in its quote."""
    quote = value[:1]
    if quote not in ('"', "'"):
        return value
    pieces = [value]
    while not line.endswith(quote) or line.endswith(f"\\{quote}"):
        following = next(lines, None)
        if following is None:
            break
        line = following[1]
        pieces.append(line)
    text = "\n".join(pieces) if len(pieces) == 1 else "\n".join(piece.replace(f"\\{quote}", quote) for piece in pieces)
    return text.removeprefix(quote).removesuffix(quote)
