"""The media type of a file by its name's ending."""

from __future__ import annotations

import mimetypes
import posixpath
from functools import lru_cache

_OURS = {
    ".avif": "image/avif",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".xml": "text/xml",
}
"""Those that older tables of a system lack or disagree on."""


@lru_cache(1024)
def content_type(name: str) -> bytes | None:
    """The type, with the charset for texts; None where it is not known, since nobody should guess at the content."""
    ending = posixpath.splitext(name)[1].lower()
    found = _OURS.get(ending) or mimetypes.types_map.get(ending)
    if found is None:
        return None
    return f"{found}; charset=utf-8".encode() if found.startswith("text/") else found.encode()
