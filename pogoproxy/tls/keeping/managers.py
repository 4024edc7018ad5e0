"""Certificates that others have ready: `get_certificate http`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from ...errors import PogoError
from ..managers import CertificateManager, HttpCertificates
from .asking import asked
from .certificate import Certificate, parse, split_pem
from .messages import Ask

log = logging.getLogger(__name__)

_TIMEOUT = 5.0
_LARGEST = 1024 * 1024


async def from_managers(managers: Iterable[CertificateManager], ask: Ask) -> Certificate | None:
    """What the first of them gives that has one; None if none has."""
    for manager in managers:
        assert isinstance(manager, HttpCertificates)
        try:
            found = await asyncio.to_thread(_fetch, manager.url, ask)
        except (OSError, PogoError, ValueError) as error:
            log.warning("get_certificate failed url=%s server_name=%s error=%s", manager.url, ask.server_name, error)
            continue
        if found is not None:
            return found
    return None


def _fetch(url: str, ask: Ask) -> Certificate | None:
    """Ask the URL, which answers 200 with a bundle in PEM, or 204 (Caddy, `tls.get_certificate.http`)."""
    with asked(url, {"server_name": ask.server_name, "local_ip": ask.address}, _TIMEOUT) as response:
        if response.status == 204:
            return None
        return parse(*split_pem(response.read(_LARGEST).decode()))
