"""Interfaces are told by parameters, as real frameworks have them."""

from __future__ import annotations

from typing import Any

import pytest

from pogoproxy.hosting.interface import Interface, detect, resolve
from pogoproxy.hosting.loading import LoadError


async def asgi3(scope: Any, receive: Any, send: Any) -> None: ...


def asgi3_wrapped(scope: Any, receive: Any, send: Any) -> Any: ...


def asgi2(scope: Any) -> Any: ...


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    return []


def factory(config: str = "production") -> Any:
    return wsgi


class Asgi2Class:
    def __init__(self, scope: Any) -> None: ...

    async def __call__(self, receive: Any, send: Any) -> None: ...


class Framework:
    """Like Starlette or FastAPI."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class Flask:
    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []


@pytest.mark.parametrize(
    ("application", "interface"),
    [
        (asgi3, Interface.ASGI3),
        (asgi3_wrapped, Interface.ASGI3),
        (asgi2, Interface.ASGI2),
        (Asgi2Class, Interface.ASGI2),
        (wsgi, Interface.WSGI),
        (Framework(), Interface.ASGI3),
        (Flask(), Interface.WSGI),
        (factory, Interface.FACTORY),
    ],
)
def test_the_interface_is_told_by_the_parameters(application: object, interface: Interface) -> None:
    assert detect(application) is interface


def test_a_factory_is_called() -> None:
    assert resolve(factory, "auto") == (wsgi, Interface.WSGI)


def test_a_set_interface_is_not_doubted() -> None:
    assert resolve(lambda *_: None, "wsgi")[1] is Interface.WSGI


@pytest.mark.parametrize("application", [lambda *_: None, lambda a, b, c, d: None, "text"])
def test_what_cannot_be_told_is_refused(application: object) -> None:
    with pytest.raises(LoadError):
        detect(application)


def test_wsgi_is_refused_where_asgi_is_set() -> None:
    with pytest.raises(LoadError, match="interface is set to asgi"):
        resolve(wsgi, "asgi")
