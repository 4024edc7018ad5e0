"""Whether a certificate may be obtained for a name because a client asked for it."""

from __future__ import annotations

import asyncio
import logging

from ...errors import RuntimeFault
from ..names import qualifies
from .asking import asked

log = logging.getLogger(__name__)

_TIMEOUT = 10.0
_AT_ONCE = 16
"""Names that are asked about at the same time; others are refused, since a flood of made-up names must not become one
of questions."""


class OnDemandGate:
    """Asks the URL of `on_demand_tls { ask }` with the query `domain=<name>`; 200 means yes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asking = 0

    async def allows(self, name: str) -> bool:
        """Whether the name may have one; a question that fails is a no."""
        if not qualifies(name) or "*" in name or self._asking >= _AT_ONCE:
            return False
        self._asking += 1
        try:
            return await asyncio.to_thread(_may_have, self._url, name)
        finally:
            self._asking -= 1


def _may_have(url: str, name: str) -> bool:
    try:
        with asked(url, {"domain": name}, _TIMEOUT) as response:
            return response.status == 200
    except (OSError, ValueError, RuntimeFault) as error:
        log.warning("on-demand certificate refused name=%s error=%s", name, error)
        return False
