"""What becomes of a request whose handler failed: error routes, or its status and no body."""

from __future__ import annotations

import logging

from ..errors import ClientGone, HandlerError, NoUpstream
from .exchange import Endpoint, Exchange
from .headers import HeaderList
from .status_text import status_text

logger = logging.getLogger(__name__)


def with_error_routes(endpoint: Endpoint, on_error: Endpoint) -> Endpoint:
    """Run `on_error` when `endpoint` fails, with the request as it came and `{http.error.*}` set.

    If that fails as well, the first failure counts.
    """

    async def guarded(exchange: Exchange) -> None:
        writer = exchange.writer
        try:
            await endpoint(exchange)
        except ClientGone:
            raise
        except Exception as raised:
            error = failure_of(raised, exchange)
            exchange.writer = writer
            exchange.method = exchange.original_method
            exchange.set_uri(exchange.target)
            remember_error(exchange, error)
            await _answer(exchange, error, on_error)

    return guarded


async def _answer(exchange: Exchange, error: HandlerError, on_error: Endpoint) -> None:
    try:
        await on_error(exchange)
    except ClientGone:
        raise
    except Exception as raised:
        second = failure_of(raised, exchange)
        logger.warning("error route failed err_id=%s status=%d error=%s", error.id, second.status, second)
        raise error from error.__cause__


def failure_of(raised: Exception, exchange: Exchange) -> HandlerError:
    """The failure that an exception is. A crash is a 500 that tells nothing but an id, by which the log explains it."""
    if isinstance(raised, HandlerError):
        return raised
    error = HandlerError(500, "internal error")
    error.__cause__ = raised
    message = "handler crashed err_id=%s method=%s target=%s"
    logger.error(message, error.id, exchange.method, exchange.target, exc_info=raised)
    return error


def remember_error(exchange: Exchange, error: HandlerError) -> None:
    """Set `{http.error.*}`."""
    exchange.error = error
    exchange.values |= {
        "http.error": error.message,
        "http.error.status_code": error.status,
        "http.error.status_text": status_text(error.status),
        "http.error.message": error.message,
        "http.error.trace": error.trace,
        "http.error.id": error.id,
    }


async def answer_error(exchange: Exchange) -> None:
    """The end of an error chain: the failure's status and no body."""
    error = exchange.error or HandlerError(500)
    await exchange.writer.start(error.status, failure_headers(error), 0)
    await exchange.writer.finish()


def failure_headers(error: HandlerError) -> HeaderList:
    """What a failure tells the client beside its status."""
    if isinstance(error, NoUpstream) and error.retry_after is not None:
        return [(b"Retry-After", b"%d" % error.retry_after)]
    return []
