"""Where a module of the JSON comes from in the Caddyfile."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Span


@dataclass(frozen=True, slots=True)
class Origin:
    """The directive or matcher by the name that the user wrote, which need not be the module's, and its place."""

    name: str
    span: Span
