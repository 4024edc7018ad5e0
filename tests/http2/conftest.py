"""What the tests of this package share."""

from __future__ import annotations

from functools import partial

import pytest

from tests.http2.peer import connect, h2
from tests.wire import Serve, origin, proxied, pytest_asyncio_loop_factories
from tests.wire import serve as serve_http1

__all__ = ["connect", "h2", "origin", "proxied", "pytest_asyncio_loop_factories", "serve_http1"]


@pytest.fixture
def serve(serve_http1: Serve) -> Serve:
    """As everywhere, with HTTP/2 beside HTTP/1 on the same port."""
    return partial(serve_http1, protocols=("h1", "h2", "h2c"))
