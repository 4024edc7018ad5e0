"""Where certificates are kept, and what else lasts, as configured."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..standard import REGISTRY
from ..tls.keeping.files import FileStorage, default_root
from ..tls.storage import FileSystemStorage, Storage
from .root import Config


def storage_of(config: Config) -> FileStorage:
    """The configured storage; ConfigError for a kind that is none of ours."""
    if isinstance(config.storage, msgspec.UnsetType):
        return FileStorage(default_root())
    found = REGISTRY.guest(Storage, config.storage, "storage")
    assert isinstance(found, FileSystemStorage)
    return FileStorage(Path(found.root) if found.root else default_root())
