"""White space as Go's `unicode.IsSpace` has it, which is not quite Python's."""

from __future__ import annotations

from typing import Final

SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""All of it."""

BLANK: Final = SPACE.replace("\n", "").replace("\r", "")
"""All but line feed and carriage return, which have rules of their own; fit for a regular expression's `[…]`."""
