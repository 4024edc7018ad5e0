"""What parent and fronts tell each other about figures, as JSON on the control channel."""

from __future__ import annotations

import msgspec

from ..metrics import Family


class Asked(msgspec.Struct, frozen=True, tag="asked"):
    """To a front: report. The answer has the same number."""

    number: int


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """To a front: what it wanted to know."""

    number: int
    families: list[Family]


class Report(msgspec.Struct, frozen=True, tag="report"):
    """From a front: its own figures; without being asked (0) when it ends."""

    number: int
    families: list[Family]


class Wanted(msgspec.Struct, frozen=True, tag="wanted"):
    """From a front: the figures of all, please."""

    number: int


FromFront = Report | Wanted
from_front: msgspec.json.Decoder[FromFront] = msgspec.json.Decoder(FromFront)
