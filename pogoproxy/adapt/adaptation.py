"""What a syntax function is given while a tree becomes JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import msgspec

from ..caddyfile.cursor import Cursor
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.tree import Segment
from ..errors import ConfigError, ConfigErrors, Span
from ..module import Handler, Module, Registry
from ..route import MatcherSet, Route
from .directive import Directive, Together
from .emit import module_object
from .matchers import MatcherReader, defined_twice, is_definition, take_token
from .origin import Origin
from .routes import Groups, Placed, in_order, subroute

T = TypeVar("T")

PLUG_IN = "in Caddy it comes with a plug-in, and those are Go: none can be loaded here"
"""The hint where a namespace has no modules of its own, such as that of DNS providers."""


@dataclass
class Shared:
    """What all parts of one configuration share. Nothing of it outlives the adaptation."""

    directives: Mapping[str, Directive]
    order: list[str]
    registry: Registry
    options: dict[str, object] = field(default_factory=dict)
    groups: Groups = field(default_factory=Groups)
    counters: Counter[str] = field(default_factory=Counter)
    invoked: dict[str, Span | None] = field(default_factory=dict)
    """The routes that `invoke` asked for, by name, with the place, until whoever evaluates the block has taken them."""
    certificate_tags: dict[str, str] = field(default_factory=dict)
    """The tag of each certificate file that some `tls` loads."""
    warnings: list[ConfigError] = field(default_factory=list)
    mistakes: list[ConfigError] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    """Where each module is used first, by module id."""


@dataclass(frozen=True)
class Evaluated:
    """What the directives of a block came to."""

    placed: tuple[Placed, ...] = ()
    facts: tuple[object, ...] = ()

    def of(self, kind: type[T]) -> list[T]:
        """The facts of one type, in the order of the file."""
        return [fact for fact in self.facts if isinstance(fact, kind)]


@dataclass(frozen=True)
class Adaptation:
    """One block's view of the adaptation, passed to the syntax of the directives in it."""

    shared: Shared
    definitions: Mapping[str, MatcherSet] = field(default_factory=dict)
    block: dict[str, str] = field(default_factory=dict)
    """What sibling directives tell each other, such as the `root`; a nested block has a copy."""
    files: tuple[str, ...] = ()
    """The configuration files that the site block came from."""
    directive: str = ""
    """The directive that is being read; empty at the top of a site."""
    origin: Span | None = None
    """Where it stands."""

    def option(self, name: str, kind: type[T]) -> T | None:
        """A global option's value, if it is set and of that type."""
        value = self.shared.options.get(name)
        return value if isinstance(value, kind) else None

    def count(self, name: str) -> int:
        """The next number of a named counter, from 0."""
        self.shared.counters[name] += 1
        return self.shared.counters[name] - 1

    def warn(self, message: str, span: Span | None = None, *, hint: str | None = None) -> None:
        """Tell the user of what is accepted and yet probably not meant, or not acted on."""
        self.shared.warnings.append(ConfigError(message, span or self.origin, hint=hint))

    def ignore_rest(self, cursor: Cursor) -> None:
        """Warn of the arguments that are left, where Caddy overlooks them; ConfigError if there is a block as well."""
        rest = cursor.words()
        if rest and cursor.segment.block:
            hint = "Caddy would overlook it, and the whole block with it"
            raise rest[0].error(f"unexpected argument '{rest[0].text}'", hint=hint)
        if rest:
            said = " ".join(word.text for word in rest)
            self.warn(f"ignored: {said}", rest[0].span, hint="quote a value that has blanks in it")

    @property
    def matchers(self) -> MatcherReader:
        """The reader of request matchers."""
        return MatcherReader(self.shared.registry.matchers, self.shared.origins)

    def take_matcher(self, cursor: Cursor) -> tuple[MatcherSet, ...] | None:
        """The matcher sets of a leading matcher token, which is taken; None if there is no such token."""
        return take_token(cursor, self.definitions)

    def route(self, match: tuple[MatcherSet, ...], *handlers: Handler) -> Route:
        """A route to these handlers."""
        return Route(match=match, handle=tuple(map(self.emit, handlers)))

    def emit(self, module: Module) -> msgspec.Raw:
        """A guest as its host keeps it, noted with the place where it is used."""
        if self.origin is not None:
            self.shared.origins.setdefault(module.module_id(), Origin(self.directive, self.origin))
        return module_object(module)

    def guest(self, base: type[Module], cursor: Cursor) -> Module:
        """The guest module that the rest of a line names: `transport http { … }`, read from `http` on.

        The module's type reads itself by its class method `syntax(cursor, adaptation)`.
        """
        cursor.word()
        return self.named_guest(base, cursor.rest())

    def named_guest(self, base: type[Module], line: Segment) -> Module:
        """The guest module that a whole line names, as in a block of `listener_wrappers`."""
        word = line.words[0]
        name = f"{base.NAMESPACE}.{word.text}"
        syntax = getattr(self.shared.registry.modules.get(name), "syntax", None)
        if syntax is None:
            others = self._guests(base)
            hint = did_you_mean(word.text, others) if others else PLUG_IN
            raise word.error(f"getting module named '{name}': module not registered: {name}", hint=hint)
        cursor = Cursor(line)
        found = syntax(cursor, self)
        cursor.finish_line()
        assert isinstance(found, Module)
        return found

    def _guests(self, base: type[Module]) -> list[str]:
        prefix = f"{base.NAMESPACE}."
        return [name.removeprefix(prefix) for name in self.shared.registry.modules if name.startswith(prefix)]

    def subroute(self, cursor: Cursor, *, is_sorted: bool = True) -> tuple[Route, ...]:
        """The routes that the directives in a segment's block make; arguments must have been taken before."""
        cursor.finish()
        return self.subroute_of(cursor.take_block(), is_sorted=is_sorted)

    def subroute_of(self, segments: Sequence[Segment], *, is_sorted: bool = True) -> tuple[Route, ...]:
        """The same for segments; facts about the site are refused."""
        placed = replace(self, block=dict(self.block)).evaluate(segments).placed
        return subroute(in_order(placed, self.shared.order) if is_sorted else placed, self.shared.groups)

    def evaluate(self, segments: Iterable[Segment]) -> Evaluated:
        """Read the directives of a block, definitions first. A mistake ends its own directive only, and is kept."""
        lines = list(segments)
        inside = replace(self, definitions=self._defined(filter(is_definition, lines)))
        placed: list[Placed] = []
        facts: list[object] = []
        for segment in lines:
            if is_definition(segment):
                continue
            with self._keeping_mistakes(segment):
                for result in inside._results(segment):
                    if isinstance(result, Placed):
                        placed.append(result)
                    else:
                        facts.append(result)
        return Evaluated(tuple(placed), tuple(facts))

    def _defined(self, definitions: Iterable[Segment]) -> dict[str, MatcherSet]:
        known = dict(self.definitions)
        for segment in definitions:
            with self._keeping_mistakes(segment):
                if segment.name in known:
                    raise defined_twice(segment)
                known[segment.name] = {}  # known even if it is a mistake, lest each of its uses be one, too
                known[segment.name] = self.matchers.defined(segment)
        return known

    @contextmanager
    def _keeping_mistakes(self, segment: Segment) -> Iterator[None]:
        try:
            yield
        except (ConfigError, ConfigErrors) as wrong:
            blamed = segment.name if segment.name in self.shared.directives else self.directive
            self.shared.mistakes += worded(wrong, blamed, segment)

    def _results(self, segment: Segment) -> Iterator[object]:
        directive = self.shared.directives.get(segment.name)
        if directive is None:
            raise self._unknown(segment)
        span = segment.words[0].span
        name = directive.sorts_as or directive.name
        cursor = Cursor(segment)
        results = list(directive.syntax(cursor, replace(self, origin=span, directive=segment.name)))
        cursor.finish_line()
        for result in results:
            if isinstance(result, Route):
                yield Placed(name, (result,), span)
            elif isinstance(result, Together):
                yield Placed(name, result.routes, span, together=True)
            elif self.directive and name not in self.shared.order:
                raise segment.error(
                    f"directive '{name}' is not an ordered HTTP handler, so it cannot be used here",
                    hint="it says something about the whole site, so it stands at the top of the site block",
                )
            elif not self.directive:
                yield result

    def _unknown(self, segment: Segment) -> ConfigError:
        message = f"unrecognized directive: {segment.name}"
        if self.directive:
            message += " - are you sure your Caddyfile structure (nesting and braces) is correct?"
        else:
            span = segment.words[0].span
            message = f"{span.file}:{span.line}: {message}"
        return segment.error(message, hint=did_you_mean(segment.name, self.shared.directives))


def worded(wrong: ConfigError | ConfigErrors, blamed: str, segment: Segment) -> list[ConfigError]:
    """The mistakes of one segment as Caddy words them, each with a place."""
    prefix = f"parsing caddyfile tokens for '{blamed}': " if blamed else ""
    return [
        ConfigError(prefix + mistake.message, mistake.span or segment.words[0].span, hint=mistake.hint)
        for mistake in (wrong.mistakes if isinstance(wrong, ConfigErrors) else (wrong,))
    ]
