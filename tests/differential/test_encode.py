"""`encode` beside Caddy's."""

from __future__ import annotations

import zlib

import pytest
from backports import zstd

pytestmark = pytest.mark.peer

SITE = """
encode {
	zstd
	gzip 6
	minimum_length 100
}
route /etag* {
	header Etag `"abc"`
	header Accept-Ranges bytes
	header Vary Origin
	respond "{text}"
}
route /weak {
	header Etag `W/"abc"`
	respond "{text}"
}
route /image {
	header Content-Type image/png
	respond "{text}"
}
route /fixed {
	header Cache-Control "public, no-transform"
	respond "{text}"
}
route /done {
	header Content-Encoding br
	respond "{text}"
}
respond /short 0123456789
respond /error "{text}" 500
respond /part "{text}" 206
respond /empty 204
respond /same 304
respond "{text}"
""".replace("{text}", "0123456789" * 30)

PATHS = ("/", "/etag", "/weak", "/image", "/fixed", "/done", "/short", "/error", "/part", "/empty", "/same")
ACCEPT = ("gzip", "zstd, gzip", "gzip;q=0.9, zstd;q=0.1", "zstd;q=0, gzip", "GZIP ; q=0.5", "*", "identity", "deflate")


def plain(answer):
    match answer.field("content-encoding"):
        case "gzip":
            return zlib.decompress(answer.body, 31)
        case "zstd":
            return zstd.decompress(answer.body)
    return answer.body


def alike(theirs, ours):
    assert (ours.status, ours.fields) == (theirs.status, theirs.fields)
    assert plain(ours) == plain(theirs)


async def test_answers_are_encoded_as_caddy_does(both):
    async with both(SITE) as peers:
        requests = [(path, f"Accept-Encoding: {accept}\r\n") for path in PATHS for accept in ACCEPT]
        requests += [(path, "") for path in PATHS]
        requests += [
            ("/", "Accept-Encoding: gzip\r\nCache-Control: no-transform\r\n"),
            ("/", "Accept-Encoding: gzip\r\nSec-WebSocket-Key: x\r\n"),
            ("/", "Accept-Encoding: gzip;q=2\r\n"),
            ("/", "Accept-Encoding: gzip;q=x, zstd;q=0.5\r\n"),
        ]
        for path, fields in requests:
            alike(*await peers.ask(f"GET {path} HTTP/1.1\r\n{fields}".encode()))
