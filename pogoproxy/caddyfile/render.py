"""Mistakes as text: Caddy's sentence, then the place, the source line with a caret, the import chain and a hint.

Error: parsing caddyfile tokens for 'file_server': unrecognized subdirective roof, at Caddyfile:3
  --> Caddyfile:3:3
   |
 3 |         roof /srv
   |         ^^^^
   = imported at sites.conf:9 (import static)
   = hint: did you mean `root`?
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from ..errors import ConfigError, ConfigErrors, Span
from .files import read_text

_MAX_MISTAKES = 20
_MAX_WIDTH = 160
"""Characters of a source line that are shown; a minified line may have millions."""


def render(wrong: ConfigError | ConfigErrors, sources: Mapping[str, str] | None = None, *, label: str = "Error") -> str:
    """The text for a terminal, without a final newline. `sources` are texts by name that are not on disk."""
    mistakes = wrong.mistakes if isinstance(wrong, ConfigErrors) else (wrong,)
    excerpts = _Excerpts(sources or {})
    shown = [clean("\n".join(_lines(mistake, excerpts, label))) for mistake in mistakes[:_MAX_MISTAKES]]
    if (more := len(mistakes) - len(shown)) > 0:
        shown.append(f"and {more} more")
    return "\n\n".join(shown)


def sentence(mistake: ConfigError) -> str:
    """The first line as Caddy words it: the message and its place, which a message may also bear in front."""
    span = mistake.span
    if span is None:
        return f"{mistake.path}: {mistake.message}" if mistake.path else mistake.message
    place = f"{span.file}:{span.line}"
    if mistake.message.startswith(f"{place}: "):
        return mistake.message
    imports = "','".join(span.imports)
    return f"{mistake.message}, at {place}" + (f" import chain ['{imports}']" if imports else "")


def clean(text: str) -> str:
    """A text without what a terminal would obey: a config may come from anywhere."""
    if text.isprintable():
        return text
    return "".join(char if char in "\n\t" or char.isprintable() else _visible(char) for char in text)


def _lines(mistake: ConfigError, excerpts: _Excerpts, label: str) -> Iterator[str]:
    yield f"{label}: {sentence(mistake)}"
    span = mistake.span
    if span is not None:
        yield f"  --> {span.file}:{span.line}:{span.column}"
        yield from excerpts.show(span)
        yield from (f"   = imported at {link}" for link in reversed(span.imports))
        if mistake.path:
            yield f"   = in {mistake.path}"
    if mistake.hint:
        yield f"   = hint: {mistake.hint}"


class _Excerpts:
    """Source lines; each file is read once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._lines = {file: text.split("\n") for file, text in sources.items()}

    def show(self, span: Span) -> Iterator[str]:
        """The line and a caret under the place; nothing if the file has gone."""
        lines = self._of(span.file)
        if not 1 <= span.line <= len(lines):
            return
        line = lines[span.line - 1].rstrip("\r")
        start = min(span.column - 1, len(line))
        end = max(start + 1, min(_end(line, start, span.length), len(line)))
        first = max(0, start - _MAX_WIDTH // 2)
        before, marked, after = line[first:start], line[start:end], line[end:]
        margin = " " * max(2, len(str(span.line)))
        yield f" {margin}|"
        yield f" {span.line:>{len(margin) - 1}} | " + _flat(before + marked + after)[:_MAX_WIDTH]
        carets = "^" * min(max(1, _width(marked)), _MAX_WIDTH // 2)
        yield f" {margin}| " + " " * _width(before) + carets

    def _of(self, file: str) -> list[str]:
        if file not in self._lines:
            try:
                self._lines[file] = read_text(file).split("\n")
            except ConfigError:
                self._lines[file] = []
        return self._lines[file]


def _end(line: str, start: int, length: int) -> int:
    """Where the marked word ends in the source line, which may hold `{$NAME}` where the word has a value."""
    if line.startswith("{$", start) and (close := line.find("}", start)) > 0:
        return close + 1
    return start + length


def _flat(text: str) -> str:
    return clean(text.replace("\t", "    "))


def _width(text: str) -> int:
    """Columns on a terminal."""
    return sum(map(_columns, _flat(text)))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _visible(char: str) -> str:
    return char.encode("unicode_escape").decode()
