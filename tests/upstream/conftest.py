"""What the tests of this package share."""

from tests.wire import configured, origin, proxied, pytest_asyncio_loop_factories, serve

__all__ = ["configured", "origin", "proxied", "pytest_asyncio_loop_factories", "serve"]
