"""Which file a request is for: the path below the root, an index file for a folder, nothing that is hidden."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import HandlerError
from ...http.exchange import Exchange
from ...http.placeholders import template
from ...http.site_path import below
from .hiding import Hides, compiled_hiding

_DEFAULT_INDEX = ("index.html", "index.txt")


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or a folder that has no index file."""

    path: str
    info: os.stat_result
    is_index: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.info.st_mode)


class Locator:
    """Finds files for requests; placeholders in its texts are compiled."""

    def __init__(self, root: str, index_names: Sequence[str] | None, hide: Sequence[str]) -> None:
        self._root = template(root or "{http.vars.root}")
        names = _DEFAULT_INDEX if index_names is None else index_names
        self._index_names = [template(name) for name in names]
        self._hiding = compiled_hiding(hide)

    def root(self, exchange: Exchange) -> str:
        """The folder of the site."""
        return self._root(exchange) or "."

    def hides(self, exchange: Exchange) -> Hides:
        """What is hidden from this request."""
        return self._hiding(exchange)

    def locate(self, exchange: Exchange) -> Found | None:
        """The file or folder; None if there is none, or if it is hidden. HandlerError (400, 403) for a bad name."""
        path = below(self.root(exchange), exchange.path).removesuffix("/") or "/"
        info = look_at(path)
        if info is None:
            return None
        hides = self._hiding(exchange)
        found = Found(path, info)
        if found.is_folder and (index := self._index(exchange, path, hides)):
            return index
        return None if hides(os.path.abspath(path)) else found  # noqa: PTH100

    def _index(self, exchange: Exchange, folder: str, hides: Hides) -> Found | None:
        """The first index file that is there and not hidden."""
        for name in self._index_names:
            path = below(folder, name(exchange))
            if hides(os.path.abspath(path)):  # noqa: PTH100
                continue
            try:
                return Found(path, os.stat(path), is_index=True)  # noqa: PTH116
            except (OSError, ValueError):
                continue
        return None


def look_at(path: str) -> os.stat_result | None:
    """What the file system says of a path, None if nothing is there; HandlerError (400, 403) if it does not say.

    Links are followed, wherever they lead.
    """
    try:
        return os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise HandlerError(403, str(error)) from None
    except (OSError, ValueError) as error:
        # A NUL byte, a name that is too long, a file where a folder should be, links that go in circles.
        raise HandlerError(400, str(error)) from None
