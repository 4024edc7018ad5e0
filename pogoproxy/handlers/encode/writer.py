"""Which answers are encoded, and what becomes of their head and body.

An answer of known length is decided on when it starts; one of unknown length by its first piece, as in Caddy. A body
that comes in one piece is encoded whole, so that its length is known again and it leaves in one packet.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...http.accept_encoding import encoded_tag, vary_by_encoding
from ...http.exchange import Exchange
from ...http.headers import HeaderList, find, remove
from ...http.response import has_no_body
from ...http.response_head import ResponsePredicate
from ...http.writer import WriterWrapper
from .encoders import Encoder, NewEncoder

_EVENT_STREAM = b"text/event-stream"

TEXTS = (
    *(
        f"application/{name}*"
        for name in (
            *("atom+xml", "eot", "font", "geo+json", "graphql+json", "graphql-response+json", "javascript", "json"),
            *("ld+json", "manifest+json", "opentype", "otf", "rss+xml", "truetype", "ttf", "vnd.api+json"),
            *("vnd.ms-fontobject", "wasm", "x-httpd-cgi", "x-javascript", "x-opentype", "x-otf", "x-perl"),
            *("x-protobuf", "x-ttf", "xhtml+xml", "xml"),
        )
    ),
    *("font/ttf*", "font/otf*", "image/svg+xml*", "image/vnd.microsoft.icon*", "image/x-icon*"),
    *("multipart/bag*", "multipart/mixed*", "text/*"),
)
"""The types that are worth it: texts in one way or another (Caddy's list, which is Cloudflare's)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site's config says of all its answers; `minimum` in bytes."""

    minimum: int
    match: ResponsePredicate

    def admit(self, status: int, headers: HeaderList) -> bool:
        """Whether an answer with this head may be encoded, if its body is long enough.

        A part of a file (206) must stay as it is, since its range counts bytes of the plain file.
        """
        if status == 206 or has_no_body(status) or find(headers, b"content-encoding"):
            return False
        return not forbids_change(headers) and self.match(status, headers)


def forbids_change(headers: HeaderList) -> bool:
    """`Cache-Control: no-transform` (RFC 9111 section 5.2.2.6), in a request or in an answer."""
    return b"no-transform" in (find(headers, b"cache-control") or b"")


def is_event_stream(headers: HeaderList) -> bool:
    """Whether the answer is of events, whose reader waits for the head before the first one comes."""
    return (find(headers, b"content-type") or b"").partition(b";")[0].strip().lower() == _EVENT_STREAM


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    headers: HeaderList
    length: int | None


class EncodingWriter(WriterWrapper):
    """Encodes the answer if the rules admit it."""

    __slots__ = ("_encoder", "_exchange", "_held", "_is_streamed", "_name", "_new_encoder", "_rules")

    def __init__(self, exchange: Exchange, name: str, new_encoder: NewEncoder, rules: Rules) -> None:
        super().__init__(exchange.writer)
        self._exchange = exchange
        self._name = name
        self._new_encoder = new_encoder
        self._rules = rules
        self._held: _Head | None = None
        """A head that waits for the body's first piece; afterwards an encoder says whether there is encoding."""
        self._encoder: Encoder | None = None
        self._is_streamed = False
        """Of unknown length, so each piece may be the last for long."""

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        extra = self._exchange.response_headers
        whole = extra + headers
        if status == 304:
            # It has the fields that the 200 would have had (RFC 9110 section 15.4.5).
            vary_by_encoding(whole)
        extra.clear()
        is_short = length is not None and length <= self._rules.minimum
        is_events = is_event_stream(whole)
        if (is_short and not is_events) or not self._rules.admit(status, whole):
            return await self.inner.start(status, whole, length)
        self._is_streamed = length is None
        self._held = _Head(status, whole, length)
        if is_events:
            await self._encode(self._held)
        return None

    async def _encode(self, head: _Head, length: int | None = None) -> None:
        """Start an encoded answer, whose encoded body is `length` bytes, if that is known."""
        self._held = None
        remove(head.headers, (b"accept-ranges",))
        head.headers.append((b"Content-Encoding", self._name.encode()))
        vary_by_encoding(head.headers)
        encoded_tag(head.headers, self._name)
        if length is None:
            self._encoder = self._new_encoder()
        await self.inner.start(head.status, head.headers, length)

    async def _release(self, head: _Head) -> None:
        """Start an answer that stays as it is."""
        self._held = None
        await self.inner.start(head.status, head.headers, head.length)

    async def write(self, data: bytes) -> None:
        """See `Writer.write`."""
        if not data:
            return
        head = self._held
        if head is not None and head.length == len(data):
            encoder = self._new_encoder()
            data = encoder.compress(data) + encoder.finish()
            await self._encode(head, len(data))
        elif head is not None and head.length is None and len(data) <= self._rules.minimum:
            await self._release(head)
        elif head is not None:
            await self._encode(head)
        if self._encoder is not None:
            data = self._encoder.compress(data)
            if self._is_streamed:
                data += self._encoder.flush()
        if data:
            await self.inner.write(data)

    async def flush(self) -> None:
        """See `Writer.flush`; a head that waits for its body goes on waiting."""
        if self._held is not None:
            return
        if self._encoder is not None and (data := self._encoder.flush()):
            await self.inner.write(data)
        await self.inner.flush()

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """See `Writer.finish`."""
        head = self._held
        if head is not None and head.length is not None and self._exchange.original_method == "HEAD":
            # It has the head that a GET's answer would have had.
            await self._encode(head)
        elif head is not None:
            await self._release(head)
        if self._encoder is not None:
            await self.inner.write(self._encoder.finish())
        await self.inner.finish(trailers)
