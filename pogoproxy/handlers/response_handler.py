"""What to do with an answer, by its status and header: `replace_status` and `handle_response`.

In the blocks of `reverse_proxy` and `intercept`:

    @name status <codes...> | header <field> [<value>] | { … }
    replace_status  [@name] <code>
    handle_response [@name] { <directives...> }
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.matchers import PREFIX, defined_twice
from ..adapt.weak import WeakString, weak
from ..caddyfile.cursor import Cursor
from ..caddyfile.mistakes import Mistakes
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.tree import Word
from ..http.exchange import Endpoint
from ..http.interception import Responder
from ..http.route import compile_routes
from ..module import Context
from ..route import Route
from .respond import status_template
from .response_matcher import ResponseMatcher, read_response_matcher


class ResponseHandler(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """For answers that `match`, or all of them: another status, or else routes that answer in their place."""

    match: ResponseMatcher | None = None
    status_code: WeakString = ""
    routes: tuple[Route, ...] = ()


def compiled(handlers: Sequence[ResponseHandler], context: Context) -> Callable[[Endpoint], tuple[Responder, ...]]:
    """What makes the handlers of `handle_response`, given the endpoint that follows their routes."""
    made = [_responder(one, context, f"handle_response[{at}]") for at, one in enumerate(handlers)]
    return lambda following: tuple(make(following) for make in made)


def _responder(config: ResponseHandler, context: Context, path: str) -> Callable[[Endpoint], Responder]:
    match = None if config.match is None else config.match.compiled()
    if config.status_code != "":
        status = status_template(config.status_code)
        return lambda _: Responder(match, status)
    routes = compile_routes(config.routes, context, f"{path}.routes")
    return lambda following: Responder(match, None, routes(following))


def is_about_responses(name: str) -> bool:
    """Whether a subdirective is read here."""
    return name.startswith(PREFIX) or name in ("replace_status", "handle_response")


def read_response_handlers(
    lines: Iterable[Cursor], adaptation: Adaptation, given: Iterable[ResponseHandler] = ()
) -> tuple[ResponseHandler, ...]:
    """The handlers of a block after those that are `given`: replaced statuses, then routes, those for all last.

    ConfigError for a line that says something else.
    """
    reader = _Reader(adaptation)
    found = [*given, *reader.read(lines)]
    return tuple(sorted(found, key=lambda handler: handler.match is None))


class _Reader:
    def __init__(self, adaptation: Adaptation) -> None:
        self.adaptation = adaptation
        self.matchers: dict[str, ResponseMatcher] = {}
        self.mistakes = Mistakes()

    def read(self, lines: Iterable[Cursor]) -> list[ResponseHandler]:
        rows = list(lines)
        # Routes come last, since their matchers may be defined after them, and a matcher of a status may not.
        found = [*self._in_place(rows), *self._routes(rows)]
        self.mistakes.settle()
        return found

    def _in_place(self, rows: list[Cursor]) -> Iterator[ResponseHandler]:
        for line in rows:
            with self.mistakes.gathered():
                if line.name.startswith(PREFIX):
                    self._define(line)
                elif line.name == "replace_status":
                    yield self._replaced_status(line)
                elif line.name != "handle_response":
                    raise line.error(f"unrecognized subdirective {line.name}")

    def _routes(self, rows: list[Cursor]) -> Iterator[ResponseHandler]:
        for line in rows:
            if line.name == "handle_response":
                with self.mistakes.gathered():
                    yield self._handled(line)

    def _define(self, line: Cursor) -> None:
        if line.name in self.matchers:
            raise defined_twice(line.segment)
        self.matchers[line.name] = ResponseMatcher()  # known even if it is a mistake
        self.matchers[line.name] = read_response_matcher(line.segment)

    def _replaced_status(self, line: Cursor) -> ResponseHandler:
        words = line.words()
        if len(words) not in (1, 2):
            raise line.error("must have one or two arguments: an optional response matcher, and a status code")
        if line.segment.block is not None:
            raise line.error("cannot define routes for 'replace_status', use 'handle_response' instead.")
        match = self._named(words[0]) if len(words) == 2 else None
        return ResponseHandler(match=match, status_code=weak(words[-1].text))

    def _handled(self, line: Cursor) -> ResponseHandler:
        words = line.words()
        if len(words) > 1:
            got = " ".join(word.text for word in words)
            raise line.error(
                "too many arguments for 'handle_response':"
                f" only a single response matcher name is allowed, but got: [{got}]"
            )
        match = self._named(words[0]) if words else None
        return ResponseHandler(match=match, routes=self.adaptation.subroute(line))

    def _named(self, word: Word) -> ResponseMatcher:
        if not word.text.startswith(PREFIX):
            raise word.error("must use a named response matcher, starting with '@'")
        found = self.matchers.get(word.text)
        if found is None:
            name = word.text.removeprefix(PREFIX)
            hint = did_you_mean(word.text, self.matchers)
            raise word.error(f"no named response matcher defined with name '{name}'", hint=hint)
        return found
