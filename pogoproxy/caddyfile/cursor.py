"""Reading one segment: its arguments from left to right, then its block."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ConfigError
from .tree import Segment, Word


class Cursor:
    """Where the reader of a segment stands. `current` is the word read last, at first the segment's name.

    Methods that want an argument raise ConfigError where there is none, in Caddy's words.
    """

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._at = 0
        self._has_read_block = False

    @property
    def name(self) -> str:
        """The segment's first word."""
        return self.segment.name

    @property
    def current(self) -> Word:
        """The word read last."""
        return self.segment.words[self._at]

    @property
    def remaining(self) -> int:
        """How many arguments are left."""
        return len(self.segment.words) - self._at - 1

    def peek(self) -> Word | None:
        """The next argument, left where it is."""
        return self.segment.words[self._at + 1] if self.remaining else None

    def maybe(self) -> Word | None:
        """The next argument, if there is one."""
        word = self.peek()
        self._at += word is not None
        return word

    def word(self) -> Word:
        """The next argument."""
        word = self.maybe()
        if word is None:
            raise self.wrong_count()
        return word

    def text(self) -> str:
        """The next argument's text."""
        return self.word().text

    def only(self) -> str:
        """The text of the one argument that is left; anything after it is a mistake."""
        text = self.text()
        self.finish()
        return text

    def words(self, *, least: int = 0) -> tuple[Word, ...]:
        """All arguments that are left, at least so many."""
        rest = self.segment.words[self._at + 1 :]
        self._at += len(rest)
        if len(rest) < least:
            raise self.wrong_count()
        return rest

    def texts(self, *, least: int = 0) -> tuple[str, ...]:
        """The texts of all arguments that are left, at least so many."""
        return tuple(word.text for word in self.words(least=least))

    def finish(self) -> None:
        """There must be no argument left; the block is not looked at."""
        if self.maybe() is not None:
            raise self.wrong_count()

    def finish_line(self) -> None:
        """There must be neither an argument left nor a block that nobody has read."""
        self.finish()
        if self.segment.block is not None and not self._has_read_block:
            raise self.wrong_count()

    def block(self) -> Iterator[Cursor]:
        """A cursor on each segment of the block; none if there is no block."""
        return map(Cursor, self.take_block())

    def take_block(self) -> tuple[Segment, ...]:
        """The segments of the block for another reader."""
        self._has_read_block = True
        return self.segment.block or ()

    def rest(self) -> Segment:
        """The current word and all that is left after it, arguments and block, for another reader."""
        words = self.segment.words[self._at :]
        self.words()
        self._has_read_block = True
        return Segment(words, self.segment.block, self.segment.close)

    def wrong_count(self) -> ConfigError:
        """The mistake of too many or too few arguments."""
        if self.segment.block is not None and not self.remaining:
            return self.error("unexpected token '{', expecting argument")
        return self.error(f"wrong argument count or unexpected line ending after '{self.current.text}'")

    def error(self, message: str, *, hint: str | None = None) -> ConfigError:
        """A mistake at the current word, ready to be raised."""
        return self.current.error(message, hint=hint)
