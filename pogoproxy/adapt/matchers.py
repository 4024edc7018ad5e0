"""Matcher tokens (`*`, `/path`, `@name`) and definitions (`@name …`) → matcher sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..caddyfile.cursor import Cursor
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.tree import Segment, Word
from ..errors import ConfigError
from ..module import MatcherModule
from ..route import MatcherSet
from .emit import plain
from .origin import Origin

PREFIX = "@"
EXPRESSION = "expression"
MAX_NESTING = 32
"""How deep matchers may stand in `not`; a line of a thousand `not` must not exhaust the stack."""


@dataclass(frozen=True)
class MatcherReader:
    """Reads matchers. `definition` is the name of the definition being read, for which a regexp is named.

    `origins` takes the first place where each matcher is used, by module id.
    """

    known: Mapping[str, MatcherModule]
    origins: dict[str, Origin] = field(default_factory=dict)
    definition: str = ""
    nesting: int = 0

    def defined(self, segment: Segment) -> MatcherSet:
        """The set that a definition stands for; ConfigError if a matcher in it is unknown or malformed."""
        lines = lines_of(segment)
        if segment.args:
            lines = tuple(map(quoted_is_expression, lines))
        return replace(self, definition=segment.name.removeprefix(PREFIX)).read_set(lines)

    def nested(self, segment: Segment) -> MatcherSet:
        """The set inside a matcher such as `not`, where regexps have no name of their own."""
        if self.nesting == MAX_NESTING:
            raise segment.error(f"matchers are nested more than {MAX_NESTING} deep")
        inner = replace(self, definition="", nesting=self.nesting + 1)
        return inner.read_set(map(quoted_is_expression, lines_of(segment)))

    def read_set(self, lines: Iterable[Segment]) -> MatcherSet:
        """One matcher for each name; the lines of a matcher that is named several times are read together."""
        by_name: dict[str, list[Cursor]] = {}
        for line in lines:
            by_name.setdefault(line.name, []).append(Cursor(line))
        return {name: plain(self._read(name, by_name[name])) for name in sorted(by_name)}

    def _read(self, name: str, lines: Sequence[Cursor]) -> object:
        first = lines[0].segment
        module = self.known.get(name)
        if module is None:
            raise first.error(
                f"getting matcher module '{name}': module not registered: http.matchers.{name}",
                hint=did_you_mean(name, self.known),
            )
        self.origins.setdefault(module.module_id(), Origin(name, first.words[0].span))
        value = module.syntax(lines, self)
        for line in lines:
            line.finish_line()
        return value


def lines_of(segment: Segment) -> tuple[Segment, ...]:
    """The matchers after a name: those of the block, or the one on the name's own line, which takes the block."""
    return (Segment(segment.args, segment.block),) if segment.args else segment.block or ()


def quoted_is_expression(line: Segment) -> Segment:
    """A quoted word in a matcher's place is an expression, and stands alone."""
    word = line.words[0]
    if not word.quote:
        return line
    if line.args or line.block is not None:
        raise word.error("a quoted expression stands alone", hint="write `expression` in front of it")
    return Segment((replace(word, text=EXPRESSION, quote=""), word))


def is_definition(segment: Segment) -> bool:
    """Whether the segment defines a matcher."""
    return segment.name.startswith(PREFIX)


def take_token(cursor: Cursor, definitions: Mapping[str, MatcherSet]) -> tuple[MatcherSet, ...] | None:
    """The matcher sets of a leading matcher token, taken from the cursor; None if there is no such token.

    `*` matches everything, so it has no set. Quotes make no difference, as in Caddy.
    """
    word = cursor.peek()
    if word is None or not (word.text == "*" or word.text.startswith(("/", PREFIX))):
        return None
    cursor.word()
    if word.text == "*":
        return ()
    if word.text.startswith("/"):
        return ({"path": plain([word.text])},)
    return (_named(word, definitions),)


def _named(word: Word, definitions: Mapping[str, MatcherSet]) -> MatcherSet:
    found = definitions.get(word.text)
    if found is None:
        raise word.error(f"unrecognized matcher name: {word.text}", hint=did_you_mean(word.text, definitions))
    return found


def arguments(lines: Sequence[Cursor], name: str) -> tuple[str, ...] | None:
    """The arguments of all lines of a matcher without blocks; None where there are none, which is null in Caddy."""
    no_blocks(lines, name)
    return tuple(text for line in lines for text in line.texts()) or None


def no_blocks(lines: Sequence[Cursor], name: str) -> None:
    """Refuse a block after a matcher that takes none."""
    for line in lines:
        if line.segment.block is not None:
            raise line.error(f"malformed {name} matcher: blocks are not supported")


def defined_twice(segment: Segment) -> ConfigError:
    """The mistake of a name that is taken."""
    return segment.error(f"matcher is defined more than once: {segment.name}")
