"""Telling an application's interface by the parameters that its callable requires."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum

from .loading import LoadError


class Interface(Enum):
    """ASGI 3: `(scope, receive, send)`; ASGI 2: `(scope)`, which answers a callable; WSGI: `(environ, start_response)`;
    a factory takes nothing and answers the application."""

    ASGI3 = "asgi3"
    ASGI2 = "asgi2"
    WSGI = "wsgi"
    FACTORY = "factory"


_BY_PARAMETERS = {3: Interface.ASGI3, 2: Interface.WSGI, 1: Interface.ASGI2, 0: Interface.FACTORY}


def detect(application: object) -> Interface:
    """The interface of a callable; LoadError if its parameters fit none."""
    if not callable(application):
        raise LoadError(f"it is a {type(application).__name__}, which cannot be called", is_final=True)
    if _is_async(application):
        return Interface.ASGI3
    try:
        parameters = inspect.signature(application).parameters.values()
    except (TypeError, ValueError):  # built-in callables may have no signature
        parameters = {}.values()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in positional if p.default is p.empty]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or len(required) not in _BY_PARAMETERS:
        raise LoadError(
            "its interface cannot be told from its parameters: set `interface asgi` or `wsgi`", is_final=True
        )
    return _BY_PARAMETERS[len(required)]


def resolve(application: object, wanted: str) -> tuple[Callable[..., object], Interface]:
    """The application itself and its interface, which is ASGI3, ASGI2 or WSGI; factories are called.

    `wanted` is `auto`, `asgi` (2 or 3), `asgi2`, `asgi3` or `wsgi`. LoadError if nothing fits.
    """
    if wanted not in ("auto", "asgi"):
        assert callable(application)
        return application, Interface(wanted)
    interface = detect(application)
    if interface is Interface.FACTORY:
        assert callable(application)
        application = application()
        interface = detect(application)
        if interface is Interface.FACTORY:
            raise LoadError("its factory answers another factory", is_final=True)
    if wanted == "asgi" and interface is Interface.WSGI:
        raise LoadError("it takes two parameters, as WSGI does, but its interface is set to asgi", is_final=True)
    assert callable(application)
    return application, interface


def _is_async(application: Callable[..., object]) -> bool:
    # A class is called to make an ASGI 2 instance; its own `__call__` says nothing about that.
    if inspect.isclass(application):
        return False
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(type(application).__call__)
