"""Names of header fields."""

from __future__ import annotations

import re

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""What may be a field's name, or a method (RFC 9110 section 5.6.2)."""


def canonical(name: str) -> str:
    """A field's name as Go writes it: `content-type` is `Content-Type`; a name that is no token stays as it is."""
    if not TOKEN.fullmatch(name):
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
