"""Expressions compiled and evaluated, over the library that does it: the one import of cel-expr-python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from ..errors import ConfigError, HandlerError
from ..http.exchange import Exchange, Predicate
from ..http.request_placeholders import getter
from ..http.route import provision_matcher
from ..module import Context
from .expression_functions import FUNCTIONS, MANY, Function

_PLACEHOLDER = re.compile(r"(?<!\\)\{([a-zA-Z][\w.-]+)\}", re.ASCII)
_ESCAPED = re.compile(r"\\(\{[a-zA-Z][\w.-]+\})", re.ASCII)

_CALLS = 64
"""Matchers that an expression keeps. Constant arguments need one each; those with placeholders would know no end."""


def _call(placeholder: re.Match[str]) -> str:
    """What stands for a placeholder. The time is a variable, since functions cannot return one."""
    return "now" if placeholder[1] == "time.now" else f'ph(req, "{placeholder[1]}")'


class Program:
    """One expression; `matches` is the predicate.

    Functions of an expression are given its arguments and nothing else, so the exchange is handed to them on the
    side. That is safe because an evaluation neither waits nor starts another one.
    """

    def __init__(self, text: str, name: str, context: Context) -> None:
        """ConfigError for what is no expression, or none whose value is true or false."""
        self._name = name
        self._context = context
        self._exchange: Exchange | None = None
        self._matcher = lru_cache(_CALLS)(self._provisioned)
        self._getter = lru_cache(_CALLS)(getter)
        self._program = self._compiled(_ESCAPED.sub(r"\1", _PLACEHOLDER.sub(_call, text)))

    def _compiled(self, text: str) -> Any:
        try:
            from cel_expr_python import cel
            from cel_expr_python.ext import ext_bindings, ext_math, ext_strings
        except ModuleNotFoundError:
            raise ConfigError("expression needs the package cel-expr-python: pip install 'pogoproxy[cel]'") from None
        extensions = [ext_strings.ExtStrings(), ext_bindings.ExtBindings(), ext_math.ExtMath()]
        kind = cel.Type
        environment = cel.NewEnv(
            variables={"req": kind.STRING, "now": kind.TIMESTAMP},
            extensions=extensions,
            functions=list(self._functions(cel, text)),
        )
        try:
            program = environment.compile(text)
        except RuntimeError as wrong:
            reason = str(wrong).removeprefix("INVALID_ARGUMENT: ").removesuffix(" [INVALID_ARGUMENT]")
            raise ConfigError(f"compiling CEL program: {reason}") from None
        if program.return_type() != kind.BOOL:
            found = program.return_type().name().lower()
            raise ConfigError(f"CEL request matcher expects return type of bool, not {found}")
        return program

    def _functions(self, cel: Any, text: str) -> Iterator[Any]:
        """`ph(req, name)` and the matchers that the text names."""
        kind = cel.Type
        value = cel.Overload("ph", return_type=kind.DYN, parameters=[kind.STRING, kind.STRING], impl=self._placeholder)
        yield cel.FunctionDecl("ph", [value])
        # No call has more arguments than the whole text has commas.
        most = text.count(",") + 1
        for name, function in FUNCTIONS.items():
            if f"{name}(" not in text:
                continue
            shapes = [[kind.STRING] * count for count in _counts(function, most)]
            if function.takes_map:
                shapes.append([kind.Map(kind.STRING, kind.DYN)])
            implementation = self._function(name, function)
            yield cel.FunctionDecl(
                name,
                [
                    cel.Overload(f"{name}_{number}", return_type=kind.BOOL, parameters=shape, impl=implementation)
                    for number, shape in enumerate(shapes)
                ],
            )

    def matches(self, exchange: Exchange) -> bool:
        """Its value; HandlerError (500) where it has none, such as that of a comparison of unlike values."""
        self._exchange = exchange
        try:
            value = self._program.eval(data={"req": "", "now": datetime.now(UTC)}).value()
        except RuntimeError as wrong:
            raise HandlerError(500, f"evaluating expression: {wrong}") from None
        finally:
            self._exchange = None
        if isinstance(value, bool):
            return value
        raise HandlerError(500, f"evaluating expression: {value}")

    def _placeholder(self, _: object, name: str) -> object:
        assert self._exchange is not None
        return _plain(self._getter(name)(self._exchange))

    def _function(self, name: str, function: Function) -> Any:
        def call(*arguments: Any) -> bool:
            assert self._exchange is not None
            config = msgspec.json.encode(function.config(_unwrapped(arguments), self._name))
            return self._matcher(name, config)(self._exchange)

        return call

    def _provisioned(self, name: str, config: bytes) -> Predicate:
        return provision_matcher(name, msgspec.Raw(config), self._context, name)


def _counts(function: Function, most: int) -> Iterator[int]:
    for count in function.counts:
        yield from range(1, most + 1) if count == MANY else (count,)


def _plain(value: object) -> object:
    """A value as the library takes it: text that is no UTF-8 shows what could not be read."""
    if isinstance(value, str) and not value.isascii():
        return value.encode(errors="surrogateescape").decode(errors="replace")
    return value


def _unwrapped(value: Any) -> Any:
    """Lists and maps of the library as Python's own."""
    plain = value.plain_value() if hasattr(value, "plain_value") else value
    if isinstance(plain, dict):
        return {key: _unwrapped(one) for key, one in plain.items()}
    return [_unwrapped(one) for one in plain] if isinstance(plain, (list, tuple)) else plain
