"""Where certificates, keys and authorities are kept."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..module import Module


class Storage(Module, frozen=True, tag_field="module"):
    """A store of named blobs."""

    NAMESPACE = "caddy.storage"


class FileSystemStorage(Storage, frozen=True, tag="file_system"):
    """Files below `root`."""

    root: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> FileSystemStorage:
        """`file_system <root>` or `file_system { root <path> }`."""
        first = cursor.maybe()
        cursor.finish()
        root = first.text if first else ""
        for line in cursor.block():
            if line.name != "root":
                raise line.error(f"unrecognized parameter '{line.name}'")
            if root:
                raise line.error("root already set")
            root = line.only()
        if not root:
            raise cursor.error("missing root path (to use default, omit storage config entirely)")
        return cls(root=root)
