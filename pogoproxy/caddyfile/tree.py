"""The nodes of a parsed Caddyfile, after imports and snippets are expanded. All are frozen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..errors import ConfigError, Span


@dataclass(frozen=True, slots=True)
class Word:
    """One token. `quote` is `""`, `'"'`, "`" or `"<<"` (heredoc); `text` is what is inside the quotes."""

    text: str
    file: str = "Caddyfile"
    line: int = 1
    column: int = 1
    quote: str = ""
    imports: tuple[str, ...] = ()
    row: int = 1
    """The line as far as belonging together goes: lines joined by a backslash are one row."""
    snippet: str = ""
    """The snippet that the word was written in."""

    @property
    def is_open(self) -> bool:
        """Whether it is a brace that opens a block; a quoted brace never is."""
        return self.text == "{" and not self.quote

    @property
    def is_close(self) -> bool:
        """Whether it is a brace that closes a block."""
        return self.text == "}" and not self.quote

    @property
    def end_row(self) -> int:
        """The row that the word ends on; a heredoc's two marker lines are not in its text."""
        return self.row + self.text.count("\n") + (2 if self.quote == "<<" else 0)

    @property
    def span(self) -> Span:
        """Where the word stands; a quoted word's span covers its quotes."""
        return Span(self.file, self.line, self.column, max(1, len(self.text) + 2 * len(self.quote)), self.imports)

    def with_text(self, text: str) -> Word:
        """The same place with another text, as a placeholder shorthand or an argument makes it."""
        return replace(self, text=text)

    def imported(self, imports: tuple[str, ...]) -> Word:
        """The same word as the end of a chain of imports."""
        return Word(self.text, self.file, self.line, self.column, self.quote, imports, self.row, self.snippet)

    def error(self, message: str, *, hint: str | None = None) -> ConfigError:
        """A mistake at this word, ready to be raised."""
        return ConfigError(message, self.span, hint=hint)


@dataclass(frozen=True, slots=True)
class Segment:
    """A directive, subdirective or option: its words on one line, and its block if it opened one.

    `block` is None where no brace was opened, and empty for `{` newline `}`.
    """

    words: tuple[Word, ...]
    block: tuple[Segment, ...] | None = None
    close: Word | None = field(default=None, compare=False, repr=False)
    """The brace that closes the block, for what is missing in it."""

    @property
    def name(self) -> str:
        """The first word's text."""
        return self.words[0].text

    @property
    def args(self) -> tuple[Word, ...]:
        """The words after the name."""
        return self.words[1:]

    def error(self, message: str, *, hint: str | None = None) -> ConfigError:
        """A mistake at this segment's name, ready to be raised."""
        return self.words[0].error(message, hint=hint)


@dataclass(frozen=True, slots=True)
class Site:
    """A server block: its keys (site addresses) and its body."""

    keys: tuple[Word, ...]
    body: tuple[Segment, ...]
    braced: bool = True


@dataclass(frozen=True, slots=True)
class NamedRoute:
    """`&(name) { … }`."""

    name: Word
    body: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Caddyfile:
    """A whole file after expansion."""

    options: tuple[Segment, ...] | None
    sites: tuple[Site, ...]
    routes: tuple[NamedRoute, ...] = ()
    warnings: tuple[ConfigError, ...] = field(default=())
    source: str = "Caddyfile"
    options_hint: str | None = None
    """For a mistake in the options: that they are probably a site whose address came from an unset variable."""
