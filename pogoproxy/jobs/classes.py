"""Which class a job names. A name comes from another process, so it may only lead to what was meant to be run.

A class is run if it has a `handle` method and was defined in the packages of the worker module, `shop` and all below
it for `shop.tasks`, or in one that `POGO_PACKAGES` adds. Nothing else is ever imported or instantiated.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from .errors import JobError


class Classes:
    """Finds job classes by name for workers of `module`."""

    def __init__(self, module: str, packages: Iterable[str] = ()) -> None:
        self.module = module
        self._packages = frozenset((module.partition(".")[0], *packages))
        self._found: dict[str, type[Any]] = {}

    def load(self) -> Classes:
        """Import the worker module; whatever that raises."""
        importlib.import_module(self.module)
        return self

    def find(self, name: str) -> type[Any]:
        """The class for `"module:Class"` or, in the worker module, `"Class"`; JobError."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._resolve(name)
        return found

    def _resolve(self, name: str) -> type[Any]:
        module_name, colon, path = name.rpartition(":")
        found: object = self._import(module_name if colon else self.module, name)
        for part in path.split("."):
            found = getattr(found, part, None)
            if not isinstance(found, type):
                raise JobError(f"Invalid or unknown Pogo job class {name!r}")
        assert isinstance(found, type)
        if not self._is_ours(found.__module__):
            raise JobError(f"Pogo job class {name!r} is defined in {found.__module__}, where this pool runs nothing")
        if not callable(getattr(found, "handle", None)):
            raise JobError(f"Pogo job class {name!r} must define handle(self, args)")
        return found

    def _import(self, module: str, name: str) -> ModuleType:
        if not self._is_ours(module):
            allowed = ", ".join(sorted(self._packages))
            raise JobError(f"Pogo job class {name!r} is outside the packages of this pool: {allowed}")
        if module in sys.modules:
            return sys.modules[module]
        try:
            return importlib.import_module(module)
        except ImportError as wrong:
            raise JobError(f"Pogo job class {name!r} cannot be imported: {wrong}") from wrong

    def _is_ours(self, module: str) -> bool:
        return module.partition(".")[0] in self._packages
