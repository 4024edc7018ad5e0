"""The formats of `encode`, each over the library that does it."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ...errors import ConfigError

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

try:
    from isal import isal_zlib
except ImportError:  # there are machines that it does not know
    isal_zlib = None  # type: ignore[assignment]

_GZIP = 16 + zlib.MAX_WBITS
"""A window of 32 KiB in gzip's frame (RFC 1952)."""
_GZIP_LEVEL = 5
_ZSTD_LEVELS = {"fastest": 1, "default": 3, "better": 7, "best": 11}
_ZSTD_WINDOW = 17
"""As a power of two. A client must hold as much for each answer, and so must we; Caddy has 128 KiB, too."""
_BROTLI_QUALITY = 5


class Encoder(Protocol):
    """One body while it is compressed."""

    def compress(self, data: bytes) -> bytes:
        """What is ready to be sent; perhaps nothing."""

    def flush(self) -> bytes:
        """All that was held back, so that the client can read what was written so far."""

    def finish(self) -> bytes:
        """The end of the body."""


NewEncoder = Callable[[], Encoder]


class Gzip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`level` is 1 to 9; 0 is 5."""

    level: int = 0

    def encoder(self) -> NewEncoder:
        """What makes encoders; ConfigError for a level that is none."""
        level = self.level or _GZIP_LEVEL
        if not 1 <= level <= 9:
            raise ConfigError(f"quality too {'high' if level > 9 else 'low'}; must be from 1 to 9", path="level")
        return lambda: _GzipEncoder(level)


class Zstd(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`level` is a word, `default` by default; `checksum` adds four bytes to each frame."""

    level: str = ""
    checksum: bool | None = None

    def encoder(self) -> NewEncoder:
        """What makes encoders; ConfigError for a level that is none."""
        level = _ZSTD_LEVELS.get(self.level.lower() or "default")
        if level is None:
            levels = "', '".join(_ZSTD_LEVELS)
            raise ConfigError(f"unexpected compression level, use one of '{levels}'", path="level")
        options = {
            int(zstd.CompressionParameter.compression_level): level,
            int(zstd.CompressionParameter.window_log): _ZSTD_WINDOW,
            int(zstd.CompressionParameter.checksum_flag): int(self.checksum is not False),
        }
        return lambda: _ZstdEncoder(options)


class Brotli(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """FrankenPHP's encoder; `quality` is 0 to 11."""

    quality: int | None = None

    def encoder(self) -> NewEncoder:
        """What makes encoders; ConfigError where the package brotli is not installed."""
        try:
            import brotli
        except ModuleNotFoundError:
            raise ConfigError("br needs the package brotli: pip install 'pogoproxy[br]'") from None
        quality = _BROTLI_QUALITY if self.quality is None else self.quality
        if not 0 <= quality <= 11:
            raise ConfigError("quality must be from 0 to 11", path="quality")
        return lambda: _BrotliEncoder(brotli.Compressor(quality=quality))


FORMATS: Mapping[str, type[Gzip | Zstd | Brotli]] = {"br": Brotli, "gzip": Gzip, "zstd": Zstd}
"""The settings of each format by its name, which is also the content coding's."""


class _GzipEncoder:
    """ISA-L takes a fifth of zlib's time to make the same size. It has three levels in the place of nine."""

    __slots__ = ("_finish", "compress")

    def __init__(self, level: int) -> None:
        if isal_zlib is None:
            made = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
        else:
            made = isal_zlib.compressobj((level + 2) // 3, zlib.DEFLATED, _GZIP)
        self.compress = made.compress
        self._finish = made.flush

    def flush(self) -> bytes:
        return self._finish(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._finish()


class _ZstdEncoder:
    __slots__ = ("_finish", "compress")

    def __init__(self, options: dict[int, int]) -> None:
        made = zstd.ZstdCompressor(options=options)
        self.compress = made.compress
        self._finish = made.flush

    def flush(self) -> bytes:
        return self._finish(zstd.ZstdCompressor.FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._finish()


class _BrotliEncoder:
    __slots__ = ("compress", "finish", "flush")

    def __init__(self, made: Any) -> None:
        self.compress: Callable[[bytes], bytes] = made.process
        self.flush: Callable[[], bytes] = made.flush
        self.finish: Callable[[], bytes] = made.finish
