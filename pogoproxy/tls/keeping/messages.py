"""What fronts ask the keeper, and what it says: JSON after its length in four bytes, on a Unix socket of their own.

Keys travel here and nowhere else; the socket is the parent's own, for this user only, in the private run directory.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TypeVar

import msgspec

from ..connection import CertificateSelection

_LENGTH = struct.Struct("!I")
_LARGEST = 4 * 1024 * 1024

T = TypeVar("T")


class Pair(msgspec.Struct, frozen=True):
    """A chain and its key, in PEM."""

    chain: str
    key: str
    fingerprint: str

    def __repr__(self) -> str:
        """Without the key, lest a log shows it."""
        return f"Pair({self.fingerprint[:12]})"


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Which certificates a handshake gets. `address` is where it came in, for clients that name no server."""

    id: int
    server_name: str
    address: str = ""
    remote: str = ""
    default: str = ""
    fallback: str = ""
    selection: CertificateSelection | None = None


class AskToken(msgspec.Struct, frozen=True, tag="token"):
    """What answers an HTTP-01 challenge (RFC 8555 section 8.3)."""

    id: int
    host: str
    token: str


class AskProof(msgspec.Struct, frozen=True, tag="proof"):
    """The certificate that answers a TLS-ALPN-01 challenge (RFC 8737)."""

    id: int
    server_name: str


class AskReport(msgspec.Struct, frozen=True, tag="report"):
    """How the managed names are."""

    id: int


Question = Ask | AskToken | AskProof | AskReport


class Given(msgspec.Struct, frozen=True, tag="given"):
    """The certificates, one for each algorithm; `is_lasting` if they hold for all handshakes until a change."""

    id: int
    pairs: tuple[Pair, ...]
    is_lasting: bool = False


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """There is none, and why; `is_known` if the name is one of ours. `is_lasting` as in `Given`."""

    id: int
    reason: str
    is_known: bool = False
    is_lasting: bool = False


class Token(msgspec.Struct, frozen=True, tag="token"):
    """The text that answers; nothing if the challenge is not ours."""

    id: int
    text: str = ""


class Report(msgspec.Struct, frozen=True, tag="report"):
    """The names whose certificates are ours to get, and what is known of each."""

    id: int
    names: tuple[dict[str, str], ...]


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """What was given before may be outdated."""


Answer = Given | Refused | Token | Report | Changed


async def read(reader: asyncio.StreamReader, decoder: msgspec.json.Decoder[T]) -> T | None:
    """The next message, None at the end; ConnectionError for nonsense, which only a bug of ours can send."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > _LARGEST:
            raise ConnectionError(f"message of {length} bytes")
        return decoder.decode(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return None
    except msgspec.MsgspecError as wrong:
        raise ConnectionError(str(wrong)) from None


def framed(message: Question | Answer) -> bytes:
    """A message as it travels."""
    text = msgspec.json.encode(message)
    return _LENGTH.pack(len(text)) + text
