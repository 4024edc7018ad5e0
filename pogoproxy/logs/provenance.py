"""Where in the code an entry comes from: `caller`, and the stack that led there."""

from __future__ import annotations

import logging
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .encoders import Entry

_HERE = str(Path(__file__).parent)
_PASSED_OVER = (_HERE, str(Path(logging.__file__).parent))
"""Folders whose frames only carry entries to their logs."""

NEVER = 100
"""A level that no entry has."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a log wants to know; each is worked out for each entry, and is as slow as it sounds."""

    with_caller: bool = False
    skip: int = 0
    """Frames between the caller and the code that logs."""
    stack_level: int = NEVER
    """The level from which on an entry has the stack."""

    def added(self, entry: Entry, level: int) -> Entry:
        """The entry with these fields; a stack that it has already stays."""
        frame = _logging_frame()
        for _ in range(self.skip):
            frame = frame.f_back if frame is not None else None
        extended = dict(entry)
        if self.with_caller and frame is not None:
            path = Path(frame.f_code.co_filename)
            extended["caller"] = f"{path.parent.name}/{path.name}:{frame.f_lineno}"
        if level >= self.stack_level and frame is not None:
            extended.setdefault("stacktrace", "".join(traceback.format_stack(frame)))
        return extended


def _logging_frame() -> FrameType | None:
    """The innermost frame of code that logs."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PASSED_OVER):
        frame = frame.f_back
    return frame
