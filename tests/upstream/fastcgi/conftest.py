"""What the tests of this package share."""

from tests.wire import origin, proxied, pytest_asyncio_loop_factories, serve

__all__ = ["origin", "proxied", "pytest_asyncio_loop_factories", "serve"]
