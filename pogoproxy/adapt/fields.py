"""Names of header fields."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def canonical(name: str) -> str:
    """A field's name as Go writes it: `content-type` is `Content-Type`; a name that is no token stays as it is."""
    if not _TOKEN.fullmatch(name):
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
