"""All that is due, in one heap: what to wake for next is one look at its head."""

from __future__ import annotations

from typing import TypeAlias

from .deadlines import Deadlines
from .pool import Pool
from .worker import Worker

Agenda: TypeAlias = Deadlines[int | Worker | Pool]
"""Tasks, by their ids; workers that have to go or to be buried; pools that want a look."""
