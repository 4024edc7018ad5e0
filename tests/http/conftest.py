"""What the tests of this package share."""

from tests.wire import pytest_asyncio_loop_factories, serve

__all__ = ["pytest_asyncio_loop_factories", "serve"]
