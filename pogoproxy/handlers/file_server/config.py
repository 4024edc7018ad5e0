"""The struct of `file_server`, key for key as Caddy has it."""

from __future__ import annotations

import msgspec

from ...adapt.weak import WeakString
from ...http.exchange import Middleware
from ...module import Context, Handler
from .running import Files


class Browse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Lists of folders that have no index file, of at most `file_limit` (10000) files.

    `sort` is `name`, `namedirfirst`, `size` or `time`, and `asc` or `desc`, until the client asks for another order.
    """

    template_file: str = ""
    reveal_symlinks: bool = False
    sort: tuple[str, ...] = ()
    file_limit: int = 0


class Precompressed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A format in which files may lie beside the plain ones; it has no settings."""


class FileServer(Handler, frozen=True, tag="file_server"):
    """Serves files below `root`, by default the site's, and `index_names` (`index.html`, `index.txt`) for folders.

    With `canonical_uris`, on by default, a folder's URI gets a slash at its end, and a file's loses it. With
    `pass_thru` a missing file is left to what follows. A file's ETag may lie beside it, with one of
    `etag_file_extensions`.
    """

    fs: str = ""
    root: str = ""
    hide: tuple[str, ...] = ()
    index_names: tuple[str, ...] = ()
    browse: Browse | None = None
    canonical_uris: bool | None = None
    status_code: WeakString = ""
    pass_thru: bool = False
    precompressed: dict[str, Precompressed] = msgspec.field(default_factory=dict)
    precompressed_order: tuple[str, ...] = ()
    etag_file_extensions: tuple[str, ...] = ()

    def provision(self, context: Context) -> Middleware:
        """The files; ConfigError for what cannot run."""
        return Files(self).middleware
