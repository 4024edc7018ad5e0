"""Questions to a URL of the configuration: may there be a certificate, or is there one?"""

from __future__ import annotations

import urllib.parse
import urllib.request
from http.client import HTTPResponse

from ...errors import RuntimeFault


def asked(url: str, query: dict[str, str], timeout: float) -> HTTPResponse:
    """The answer, to be closed, to the URL with this behind its own query; the timeout is in seconds.

    RuntimeFault if it is no URL of HTTP, OSError or ValueError if it does not answer well.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise RuntimeFault("neither http nor https")
    whole = urllib.parse.urlencode([*urllib.parse.parse_qsl(parts.query), *query.items()])
    response: HTTPResponse = urllib.request.urlopen(parts._replace(query=whole).geturl(), timeout=timeout)
    return response
