"""Whether a certificate may be obtained for a name because a client asked for it."""

from __future__ import annotations

import asyncio
import logging
import urllib.error
import urllib.parse
import urllib.request

from ..names import qualifies

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
            return await asyncio.to_thread(_asked, self._url, name)
        finally:
            self._asking -= 1


def _asked(url: str, name: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    query = [*urllib.parse.parse_qsl(parts.query), ("domain", name)]
    asked = parts._replace(query=urllib.parse.urlencode(query)).geturl()
    try:
        with urllib.request.urlopen(asked, timeout=_TIMEOUT) as response:
            return int(response.status) == 200
    except (OSError, ValueError) as error:
        log.warning("on-demand certificate refused name=%s error=%s", name, error)
        return False
