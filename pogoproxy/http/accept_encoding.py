"""Which formats of an answer's body a client takes (Accept-Encoding, RFC 9110 section 12.5.3)."""

from __future__ import annotations

from collections.abc import Sequence

from .headers import HeaderList, find, find_all, replace

_LEAST = 0.00001
"""What is weighed less is not accepted; as Caddy has it."""


def accepted(headers: HeaderList, offered: Sequence[str]) -> list[str]:
    """Those of `offered` that the client takes, its favourite first; equal ones stay in the order of `offered`.

    The handshake of a WebSocket accepts none, and `*` stands for none, as in Caddy.
    """
    values = find_all(headers, b"accept-encoding")
    if not values or find(headers, b"sec-websocket-key") is not None:
        return []
    weights: dict[str, float] = {}
    for item in b",".join(values).decode("latin-1").split(","):
        name, _, parameters = item.partition(";")
        weights.setdefault(name.strip().lower(), _weight(parameters))
    return sorted((name for name in offered if weights.get(name, 0) >= _LEAST), key=lambda name: -weights[name])


def _weight(parameters: str) -> float:
    """The q-value; one that is malformed counts as 1."""
    text = parameters.partition(";")[0].strip()
    if text[:2].lower() != "q=":
        return 1.0
    try:
        weight = float(text[2:])
    except ValueError:
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0


def vary_by_encoding(headers: HeaderList) -> None:
    """Say that the answer depends on Accept-Encoding, once."""
    values = find_all(headers, b"vary")
    if not any(token.strip().lower() == b"accept-encoding" for value in values for token in value.split(b",")):
        headers.append((b"Vary", b"Accept-Encoding"))


def encoded_tag(headers: HeaderList, encoding: str) -> None:
    """Give an encoded answer a strong ETag of its own (RFC 9110 section 8.8.3.3): `"x"` becomes `"x-gzip"`."""
    tag = find(headers, b"etag")
    if tag and not tag.startswith(b"W/"):
        replace(headers, b"Etag", tag.removesuffix(b'"') + f'-{encoding}"'.encode())


def plain_tag(headers: HeaderList, encoding: str) -> None:
    """Take our addition from the ETag that a client sends back, since who made the tag does not know it."""
    tag = find(headers, b"if-none-match")
    suffix = f'-{encoding}"'.encode()
    if tag and not tag.startswith(b"W/") and tag.endswith(suffix):
        replace(headers, b"If-None-Match", tag.removesuffix(suffix) + b'"')
