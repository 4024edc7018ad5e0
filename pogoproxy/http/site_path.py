"""From a request's path to a path below a site's root."""

from __future__ import annotations

import os.path
import posixpath
from functools import lru_cache

from ..errors import ConfigError

LOCAL = ("", "default", "file")
"""Names of the file system that is there without being configured."""


def refuse_other(file_system: str) -> None:
    """ConfigError for a file system that is not the machine's."""
    if file_system not in LOCAL:
        reason = "file systems are plug-ins of Caddy's; mount it instead"
        raise ConfigError(f"file system {file_system!r} is not supported: {reason}", path="fs")


@lru_cache(1024)
def below(root: str, path: str) -> str:
    """The file-system path of a decoded request path, never above `root`; a slash at its end stays.

    `.` and `..` are resolved before the root comes in front, so `..` ends at the root. Links are followed.
    """
    relative = posixpath.normpath("/" + path.lstrip("/"))[1:]
    joined = os.path.normpath(os.path.join(root or ".", relative))  # noqa: PTH118
    return f"{joined}/" if path.endswith("/") and len(path) > 1 and joined != "/" else joined
