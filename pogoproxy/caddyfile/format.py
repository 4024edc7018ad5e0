"""`pogoproxy fmt`: the one way to lay out a Caddyfile, to the byte Caddy's.

The formatter owns white space and braces and copies everything else. It does not lex: it must do something sensible
with text that is broken, so it goes through the characters with a few states that are simpler than the lexer's:
quotes, comments, heredocs and escapes are copied; a line break is held back until it is known how many may stay; an
opening brace is held back until it is known whether it opens a block or begins a placeholder.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from .space import SPACE

_IMPORT: Final = "import"
_MAX_NESTING: Final = 10
_MAX_LINE_BREAKS: Final = 2
_MARKER = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_RUN = re.compile(r"[A-Za-z0-9_./:*=@,;()%?&+~-]+")
_COMMENT_RUN = re.compile(r"[^\n]+")


def format_text(text: str) -> str:
    """The text in Caddy's layout, with one final line break. It takes any text, broken ones too."""
    stripped = text.strip(SPACE)
    return _Formatter(stripped).run().strip(SPACE) + "\n"


def first_difference(text: str) -> int | None:
    """The line, from 1, where a text is not in that layout; None if it is. Windows line ends do not count."""
    normal = text.replace("\r\n", "\n")
    formatted = format_text(normal)
    if formatted == normal:
        return None
    same = next((at for at, pair in enumerate(zip(normal, formatted, strict=False)) if pair[0] != pair[1]), None)
    return normal.count("\n", 0, len(formatted) if same is None else same) + 1


class _Heredoc(Enum):
    CLOSED = auto()
    OPENING = auto()  # after `<<`, reading the marker
    OPENED = auto()  # in its body


class _Formatter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.last = ""
        self.after_space = True
        self.at_line_start = True
        self.line_breaks = 0  # held back
        self.nesting = 0

        self.brace = False  # the word began with an opening brace
        self.brace_written = False
        self.brace_after_space = False
        self.brace_on_own_line = False

        self.in_comment = False
        self.quotes = ""
        self.escaped = False
        self.heredoc = _Heredoc.CLOSED
        self.heredoc_escaped = False
        self.marker = ""
        self.marker_start = 0
        self.body_line_start = 0

        self.word = ""
        self.first_word = ""
        self.after_import = False  # the line before was an import at the top level

    def run(self) -> str:
        """The laid-out text."""
        at = 0
        while at < len(self.text):
            if (run := self._plain_run(at)) is not None:
                self._copy(run)
                at += len(run)
                continue
            self._take(self.text[at], at)
            at += 1
        if self.brace and not self.brace_written:
            self._open_block()
        return "".join(self.out)

    def _plain_run(self, at: int) -> str | None:
        """Characters that are certainly just copied: the rest of a comment, or more of a word."""
        if self.heredoc is not _Heredoc.CLOSED or (self.last == "<" and self.after_space):
            return None
        if self.in_comment:
            run = _COMMENT_RUN.match(self.text, at)
            return run and run[0]
        is_in_word = not (self.after_space or self.at_line_start or self.line_breaks or self.escaped or self.quotes)
        if not is_in_word or (self.brace and not self.brace_written):
            return None
        if run := _PLAIN_RUN.match(self.text, at):
            self._note_word(run[0])
        return run and run[0]

    def _take(self, char: str, at: int) -> None:
        if self._take_heredoc(char, at):
            return
        if self.last == "<" and self.after_space:
            self.after_space = False
        if self._take_comment(char) or self._take_escape(char) or self._take_quoted(char):
            return
        if char in SPACE:
            self._take_space(char)
        else:
            self._take_visible(char)

    def _take_heredoc(self, char: str, at: int) -> bool:
        if self.heredoc is _Heredoc.CLOSED:
            starts = char == "<" == self.last and self.after_space and not self.quotes and not self.heredoc_escaped
            if starts:
                self._copy(char)
                self.heredoc, self.marker_start, self.after_space = _Heredoc.OPENING, at + 1, False
            return starts
        if self.heredoc is _Heredoc.OPENING:
            return self._take_marker(char, at)
        if char in SPACE and self._ends_in_marker(at):
            self.heredoc = _Heredoc.CLOSED
            return False
        self._copy(char)
        if char == "\n":
            self.body_line_start = at + 1
        return True

    def _ends_in_marker(self, at: int) -> bool:
        start = at - len(self.marker)
        return start >= self.body_line_start and self.text.startswith(self.marker, start)

    def _take_marker(self, char: str, at: int) -> bool:
        if char not in SPACE:
            self._copy(char)
        elif char != "\n":  # not a heredoc after all
            self.heredoc = _Heredoc.CLOSED
            return False
        elif marker := _MARKER.fullmatch(self.text, self.marker_start, at):
            self.heredoc, self.marker, self.body_line_start = _Heredoc.OPENED, marker[0], at + 1
            self._copy(char)
        else:
            self.heredoc = _Heredoc.CLOSED
            self._break()
        return True

    def _take_comment(self, char: str) -> bool:
        if not self.in_comment:
            return False
        if char == "\n":
            self.in_comment, self.after_space = False, True
            self._break()
        else:
            self._copy(char)
        return True

    def _take_escape(self, char: str) -> bool:
        if self.escaped:
            self.heredoc_escaped = self.heredoc_escaped or char == "<"
            self.escaped = False
        elif char == "\\":
            self.escaped = True
            if self.after_space:
                self._copy(" ")
                self.after_space = False
        else:
            return False
        self._copy(char)
        return True

    def _take_quoted(self, char: str) -> bool:
        """Copy what is in quotes. Backticks inside double quotes are tracked, but not the other way round."""
        if char == "`":
            self.quotes = {'"`': '"', "`": "", '"': '"`'}.get(self.quotes, "`")
        if self.quotes == '"':
            if char == '"':
                self.quotes = ""
            self._copy(char)
            return True
        if char == '"' and self.quotes == "" and self.after_space:
            self.quotes = '"'
        elif char == '"' and self.quotes == '"`':
            self.quotes = ""
        if "`" not in self.quotes:
            return False
        if char == "`" and self.after_space and not self.at_line_start:
            self._copy(" ")
        self._copy(char)
        self.after_space = False
        return True

    def _take_space(self, char: str) -> None:
        self._end_word()
        self.after_space = True
        self.heredoc_escaped = False
        if char == "\n":
            self._end_line()
            self.line_breaks += 1

    def _take_visible(self, char: str) -> None:
        after_space, self.after_space = self.after_space, False
        if char == "#":
            self.in_comment = True
        if self.brace and not self.brace_written and (after_space or char == "{"):
            self._open_block()
        if char == "{":
            self._hold_brace(after_space)
        elif char == "}" and (after_space or not self.brace):
            self._close_block()
        else:
            self._write_word(char, after_space)

    def _open_block(self) -> None:
        """The brace held back stood alone, so it opens a block."""
        if self.nesting == 0 and self.last == "}":
            self._break(2)
        self.brace = False
        if self.brace_on_own_line and self.after_import:
            if self.last != "\n":
                self._break()
            self._indent()
        elif self.at_line_start:
            self._indent()
        elif not self.brace_after_space or self.last not in SPACE:
            self._copy(" ")
        self._copy("{")
        self.brace_written, self.brace_on_own_line = True, False
        self._break()
        self.line_breaks = 0
        self.nesting = min(self.nesting + 1, _MAX_NESTING)

    def _hold_brace(self, after_space: bool) -> None:
        self._end_word()
        self.brace, self.brace_written = True, False
        self.brace_after_space = after_space and not self.at_line_start
        self.brace_on_own_line = self.line_breaks > 0
        if self.brace_after_space and not self.line_breaks:
            self._copy(" ")

    def _close_block(self) -> None:
        self._end_word()
        if self.last != "\n":
            self._break()
        self.nesting = max(self.nesting - 1, 0)
        self._indent()
        self._copy("}")
        self.line_breaks = 0

    def _write_word(self, char: str, after_space: bool) -> None:
        self._break(min(self.line_breaks, _MAX_LINE_BREAKS))
        self.line_breaks = 0
        if self.at_line_start:
            self._indent()
        if self.nesting == 0 and self.last == "}" and self.at_line_start:
            self._break(2)
        if not self.at_line_start and after_space:
            self._copy(" ")
        if self.brace and not self.brace_written:
            self._copy("{")
            self.brace_written = True
        if after_space and char == "<":
            self.after_space = True
        self._note_word(char)
        self._copy(char)
        self.at_line_start = False

    def _note_word(self, text: str) -> None:
        """Remember the word as far as it matters, which is whether it is `import`."""
        if len(self.word) <= len(_IMPORT):
            self.word += text

    def _end_word(self) -> None:
        if self.word and not self.first_word:
            self.first_word = self.word
        self.word = ""

    def _end_line(self) -> None:
        self._end_word()
        if self.first_word:
            self.after_import = self.nesting == 0 and self.first_word == _IMPORT
        elif not self.brace or not self.brace_on_own_line or self.brace_written:
            self.after_import = False
        self.first_word = ""

    def _copy(self, text: str) -> None:
        self.out.append(text)
        self.last = text[-1]

    def _indent(self) -> None:
        if self.nesting:
            self._copy("\t" * self.nesting)

    def _break(self, count: int = 1) -> None:
        if count:
            self._copy("\n" * count)
            self.at_line_start = True
