"""Text → words, by the letter of Caddy's rules.

Lark's own lexer cannot do this, since quotes, comments and heredocs exist only where a word starts, and a heredoc
ends where its own marker says. The rules:

- Words are parted by white space. `#` starts a comment only at the start of a word.
- A word that starts with `"` goes to the next `"` and may hold line breaks; only `\\"` is an escape in it. A word that
  starts with a backtick goes to the next backtick. A quote that is never closed takes the rest of the text.
- Outside quotes, a backslash at the end of a line joins the next line to it, and `\\<` is a plain `<`. Any other
  backslash stays. A backslash in a comment joins lines as well, which surprises everybody, but configs rely on it.
- `<<MARK` at the end of a line starts a heredoc. It ends at the next `MARK`, wherever that stands; what precedes it on
  its line is the indentation to be taken off every line.
- Carriage returns outside quotes, and a leading byte order mark, do not exist.

One regular expression reads the common words. What it does not match, a backslash or a heredoc for instance, is read
by the methods below it, which are the rules in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..errors import ConfigError, Span
from .environment import Source, substitute
from .space import BLANK, SPACE
from .tree import Word

_COMMON = re.compile(
    rf"""[{BLANK}\r]*+(?:
        (?P<newline>(?:\#[^\n\\]*+)?\n)
      | (?P<bare>[^{BLANK}\r\n\\"`\#<][^{BLANK}\r\n\\]*+)(?=[{BLANK}\n]|\r\n|\Z)
      | "(?P<quoted>[^"\\]*+)"
      | `(?P<raw>[^`]*+)`
    )""",
    re.VERBOSE,
)
# No group in these has `*+`: until Python 3.11.5 that kept what an iteration had read when it failed (gh-106052).
_BARE = re.compile(rf"[^{BLANK}\n\\]*+(?:\\\r*+[^{BLANK}\r\n][^{BLANK}\n\\]*+)*")
_QUOTED = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*', re.DOTALL)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_HEREDOC_HEAD = re.compile(r"<<[^ \n]*+")
_HEREDOC_MARKER = re.compile(r"[A-Za-z0-9_-]+")
_MARKER_RULE = "must contain only alphanumeric characters, dashes and underscores; got"


def lex(text: str, file: str = "Caddyfile", environ: Mapping[str, str] | None = None) -> list[Word]:
    """All words of a text, after putting the environment in; ConfigError for a broken heredoc."""
    return list(_Lexer(substitute(text, environ or {}), file).words())


def lex_source(source: Source, file: str) -> tuple[list[Word], Word | None]:
    """All words of a text that has the environment in it already, and the one whose quote is never closed."""
    lexer = _Lexer(source, file)
    return list(lexer.words()), lexer.unclosed


class _Lexer:
    def __init__(self, source: Source, file: str) -> None:
        self.source = source
        self.text = source.text
        self.file = file
        self.at = 1 if source.text.startswith("\ufeff") else 0
        self.row = 1
        self.joined = 0  # escaped line breaks so far in this row
        self.line_start = 0
        self.unclosed: Word | None = None

    def words(self) -> Iterator[Word]:
        text, file, translates = self.text, self.file, bool(self.source.starts)
        match = _COMMON.match
        while self.at < len(text):
            if (found := match(text, self.at)) is None:
                if (word := self._word()) is not None:
                    yield word
                continue
            self.at = found.end()
            kind = found.lastgroup or ""
            if kind == "newline":
                self._break_line(self.at)
                continue
            start = found.start(kind) - (kind != "bare")
            value = found[kind]
            if translates:
                line, column = self.source.place(start)
            else:  # as in _place, without the call: this is the loop that every word goes through
                line, column = self.row + self.joined, start - self.line_start + 1
            quote = "" if kind == "bare" else text[start]
            yield Word(value, file, line, column, quote, (), self.row)
            if quote and "\n" in value:
                self._count_lines(start)

    def _word(self) -> Word | None:
        """The next word by the full rules; None at the end of the text."""
        escaped = self._skip_gap()
        if self.at >= len(self.text):
            return None
        if self.text[self.at] == '"':
            return self._quoted(escaped)
        if self.text[self.at] == "`":
            return self._raw()
        if not escaped and self.text.startswith("<<", self.at):
            return self._heredoc()
        return self._bare(escaped)

    def _skip_gap(self) -> bool:
        """Go to the start of the next word, and tell whether a lone backslash stood before it."""
        escaped = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\n":
                self._end_line(escaped)
                escaped = False
                continue
            if char == "#":
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                escaped = escaped or "\\" in self.text[self.at : end]
                self.at = end
                continue
            if char == "\\" and not escaped:
                escaped = True
            elif char not in SPACE:
                break
            self.at += 1
        return escaped

    def _bare(self, escaped: bool) -> Word:
        start, row = self.at, self.row
        lead = ""
        if escaped:
            lead = self.text[self.at] if self.text[self.at] == "<" else "\\" + self.text[self.at]
            self.at += 1
        body = self._take(_BARE).replace("\r", "")
        if "\\" in body:
            body = _PAIR.sub(lambda pair: "<" if pair[1] == "<" else pair[0], body)
        word = self._make(start, row, lead + body, "")
        self._end_bare()
        return word

    def _end_bare(self) -> None:
        """Take what ended a bare word: a backslash perhaps, then white space or the end of the text."""
        escaped = self.text.startswith("\\", self.at)
        self.at += escaped
        while self.text.startswith("\r", self.at):
            self.at += 1
        if self.text.startswith("\n", self.at):
            self._end_line(escaped)
        else:
            self.at += 1

    def _quoted(self, escaped: bool) -> Word | None:
        start, row = self.at, self.row
        self.at += 1
        lead = ""
        if escaped:
            lead = "\\" + self.text[self.at : self.at + 1]
            self.at += 1
        body = lead + self._take(_QUOTED)
        if "\\" in body:
            body = _PAIR.sub(lambda pair: '"' if pair[1] == '"' else pair[0], body)
        return self._close_quote(start, row, body, '"')

    def _raw(self) -> Word | None:
        start, row = self.at, self.row
        end = self.text.find("`", start + 1)
        self.at = len(self.text) if end < 0 else end
        return self._close_quote(start, row, self.text[start + 1 : self.at], "`")

    def _close_quote(self, start: int, row: int, body: str, quote: str) -> Word | None:
        """A quote that is never closed is a plain word up to the end of the text, if it holds anything."""
        closed = self.text.startswith(quote, self.at)
        self.at = self.at + 1 if closed else len(self.text)
        word = self._make(start, row, body, quote if closed else "")
        self._count_lines(start)
        if not closed:
            self.unclosed = word
        return word if closed or body else None

    def _heredoc(self) -> Word | None:
        start, row = self.at, self.row
        head = self._take(_HEREDOC_HEAD).replace("\r", "")
        if not self.text.startswith("\n", self.at):
            word = self._make(start, row, head, "")
            self.at += 1
            return word
        self._check_marker(start, head)
        marker = head[2:]
        first = self.at + 1
        found = self.text.find(marker, first)
        if found < 0:
            self.at = len(self.text)
            if first == len(self.text):
                return None
            last = row + self.joined + self.text.count("\n", start)
            wrong = f"incomplete heredoc <<{marker} on line #{last}, expected ending marker {marker}"
            raise ConfigError(wrong, self._span(start, len(head)))
        self.at = found + len(marker)
        value = self._strip_indentation(first, found, marker)
        word = self._make(start, row, value, "<<")
        self.row += self.joined + self.text.count("\n", start, self.at)
        self.joined = 0
        self.line_start = self.text.rfind("\n", start, self.at) + 1
        return word

    def _check_marker(self, start: int, head: str) -> None:
        span = self._span(start, len(head))
        if head == "<<":
            raise ConfigError(f"missing opening heredoc marker on line #{self.row}; {_MARKER_RULE} empty string", span)
        if head.startswith("<<<"):
            wrong = f"too many '<' for heredoc on line #{self.row}; only use two, for example <<END"
            raise ConfigError(wrong, span)
        if not _HEREDOC_MARKER.fullmatch(head, 2):
            raise ConfigError(f"heredoc marker on line #{self.row} {_MARKER_RULE} '{head[2:]}'", span)

    def _strip_indentation(self, first: int, found: int, marker: str) -> str:
        """The body's lines without what precedes the marker on its line."""
        last_break = self.text.rfind("\n", first, found)
        if last_break < 0:
            return ""
        indentation = self.text[last_break + 1 : found]
        lines = []
        for number, line in enumerate(self.text[first:last_break].split("\n"), start=1):
            if line in ("", "\r"):
                lines.append("")
            elif line.startswith(indentation):
                lines.append(line[len(indentation) :].replace("\r", ""))
            else:
                place = f"heredoc <<{marker} on line #{self.row + number} [{line.rstrip(chr(13))}]"
                wrong = f"mismatched leading whitespace in {place}, expected whitespace [{indentation}]"
                raise ConfigError(f"{wrong} to match the closing marker", self._body_span(first, number, line))
        return "\n".join(lines)

    def _body_span(self, first: int, number: int, line: str) -> Span:
        """The place of a heredoc's line, of which the body's first, at the offset `first`, has the number 1."""
        start = self.source.place(first)[0] if self.source.starts else self.row + self.joined + 1
        return Span(self.file, start + number - 1, 1, max(1, len(line)))

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None  # the patterns match the empty string, or their start was looked at
        self.at = found.end()
        return found[0]

    def _make(self, start: int, row: int, value: str, quote: str) -> Word:
        line, column = self._place(start)
        return Word(value, self.file, line, column, quote, (), row)

    def _span(self, start: int, length: int) -> Span:
        return Span(self.file, *self._place(start), length)

    def _place(self, start: int) -> tuple[int, int]:
        """The line and column of an offset in the line that is being read."""
        if self.source.starts:
            return self.source.place(start)
        return self.row + self.joined, start - self.line_start + 1

    def _end_line(self, escaped: bool) -> None:
        """Take a line feed, which an escape joins to the next line."""
        self.at += 1
        if escaped:
            self.joined += 1
            self.line_start = self.at
        else:
            self._break_line(self.at)

    def _break_line(self, next_start: int) -> None:
        self.row += 1 + self.joined
        self.joined = 0
        self.line_start = next_start

    def _count_lines(self, start: int) -> None:
        """Count the line feeds inside the quoted word that began at `start`."""
        if breaks := self.text.count("\n", start, self.at):
            self.row += breaks + self.joined
            self.joined = 0
            self.line_start = self.text.rfind("\n", start, self.at) + 1
