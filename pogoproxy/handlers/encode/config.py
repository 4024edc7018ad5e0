"""The struct of `encode`, key for key as Caddy has it."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec

from ...errors import ConfigError
from ...http.accept_encoding import accepted, plain_tag
from ...http.exchange import Endpoint, Exchange, Middleware
from ...module import Context, Handler
from ..response_matcher import ResponseMatcher
from .encoders import FORMATS, NewEncoder
from .writer import TEXTS, EncodingWriter, Rules, forbids_change

_MINIMUM_LENGTH = 512
_PREFER = ("zstd", "br", "gzip")


class Encode(Handler, frozen=True, tag="encode"):
    """Compresses answers of at least `minimum_length` bytes (512) that `match`, by default texts by their type.

    Of what the client accepts equally, the first in `prefer` is taken.
    """

    encodings: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)
    prefer: tuple[str, ...] = ()
    minimum_length: int = 0
    match: ResponseMatcher | None = None

    def provision(self, context: Context) -> Middleware:
        """The encoding of what follows; ConfigError for a format that is unknown or cannot be had."""
        encoders = {name: _encoder(name, raw) for name, raw in self.encodings.items()}
        prefer = self.prefer or tuple(name for name in _PREFER if name in encoders)
        for name in prefer:
            if name not in encoders:
                raise ConfigError(f"encoding {name} not enabled", path="prefer")
            if prefer.count(name) > 1:
                raise ConfigError(f"encoding {name} is duplicated in prefer", path="prefer")
        match = (self.match or ResponseMatcher(headers={"Content-Type": TEXTS})).compiled()
        rules = Rules(self.minimum_length or _MINIMUM_LENGTH, match)

        def middleware(following: Endpoint) -> Endpoint:
            def endpoint(exchange: Exchange) -> Awaitable[None]:
                if not forbids_change(exchange.headers) and (names := accepted(exchange.headers, prefer)):
                    name = names[0]
                    plain_tag(exchange.headers, name)
                    exchange.writer = EncodingWriter(exchange, name, encoders[name], rules)
                return following(exchange)

            return endpoint

        return middleware


def _encoder(name: str, raw: msgspec.Raw) -> NewEncoder:
    settings = FORMATS.get(name)
    path = f"encodings.{name}"
    if settings is None:
        raise ConfigError(f"unknown module: http.encoders.{name}", path=path)
    try:
        return msgspec.json.decode(raw, type=settings).encoder()
    except msgspec.MsgspecError as wrong:
        raise ConfigError(str(wrong), path=path) from None
    except ConfigError as mistake:
        mistake.path = f"{path}.{mistake.path}" if mistake.path else path
        raise
