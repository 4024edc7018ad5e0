"""From `module:callable` to the application object."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from ..jobs.child import BootError
from ..jobs.control import user_traceback


class LoadError(BootError):
    """The application cannot be loaded."""


def load(target: str, directory: Path) -> object:
    """Import `target` (`package.module:attribute.attribute`) with `directory` on the path; LoadError if it fails."""
    module_name, _, attributes = target.partition(":")
    if not module_name or not attributes:
        raise LoadError(f"{target!r} is not of the form module:callable", is_final=True)
    sys.path.insert(0, str(directory))
    found = _module(module_name, directory)
    for attribute in attributes.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise LoadError(f"module {module_name} has no attribute {attributes!r}", is_final=True) from None
    return found


def _module(name: str, directory: Path) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The named module or one of its packages is missing, as opposed to what it imports in its turn.
        if error.name and f"{name}.".startswith(f"{error.name}."):
            missing = f"cannot import {name}: no module named {error.name!r} in {directory}"
            raise LoadError(missing, is_final=True) from None
        raise LoadError(f"cannot import {name}: {error}", user_traceback(error)) from error
    except BaseException as error:  # a module may well call sys.exit while it is imported
        raise LoadError(f"cannot import {name}: {type(error).__name__}: {error}", user_traceback(error)) from error
