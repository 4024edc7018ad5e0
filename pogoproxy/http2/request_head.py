"""From a request's fields to what an exchange needs (RFC 9113 section 8.3.1, RFC 8441)."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import HandlerError
from ..http.header_names import Passed, passed
from ..http.headers import HeaderList
from ..http.request_head import checked_host, checked_target
from .fields import Malformed, check_field, check_value, length_of

_PSEUDO = frozenset({b":method", b":scheme", b":authority", b":path", b":protocol"})


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request as HTTP/1 would have it. One may serve many equal requests, so `headers` is to be copied."""

    method: str
    target: str
    host: str
    headers: HeaderList
    length: int | None
    """Bytes of the body, where the client told."""
    expects_continue: bool
    protocol: str = ""
    """What an extended CONNECT asks for, which is then no method but an upgrade."""


def request_head(fields: HeaderList, passed: Passed = passed) -> RequestHead:
    """The head, less what is not `passed`; Malformed if a field is, HandlerError if we do not serve what it asks."""
    pseudo, regular = _sorted(fields)
    method = pseudo.get(b":method", b"").decode("latin-1")
    protocol = pseudo.get(b":protocol", b"").decode("latin-1")
    if not method.isascii() or not method.replace("-", "").isalnum():
        raise Malformed("invalid :method")
    if b":protocol" in pseudo and (method != "CONNECT" or not protocol):
        raise Malformed(":protocol without CONNECT")
    if method == "CONNECT" and not protocol:
        raise HandlerError(405, "CONNECT is not served")
    headers: HeaderList = []
    lengths, hosts, crumbs = [], [], []
    expects = False
    for name, value in regular:
        check_field(name, value)
        if name == b"cookie":
            crumbs.append(value)
        elif name == b"host":
            hosts.append(value)
        else:
            headers.append((name, value))
            if name == b"content-length":
                lengths.append(value)
            elif name == b"expect":
                expects = value.lower() == b"100-continue"
    headers = passed(headers)
    if crumbs:
        # Split for compression's sake; everything but HTTP/2 knows one Cookie header only (section 8.2.3).
        headers.append((b"cookie", b"; ".join(crumbs)))
    authority = _authority(pseudo, hosts)
    headers.append((b"host", authority))
    return RequestHead(
        method=method,
        target=_target(pseudo, method),
        host=checked_host(authority.decode("latin-1")),
        headers=headers,
        length=length_of(lengths),
        expects_continue=expects,
        protocol=protocol,
    )


def _sorted(fields: HeaderList) -> tuple[dict[bytes, bytes], HeaderList]:
    """The pseudo fields, each once and before all others, and the others."""
    pseudo: dict[bytes, bytes] = {}
    for at, (name, value) in enumerate(fields):
        if not name.startswith(b":"):
            return pseudo, fields[at:]
        if name not in _PSEUDO or name in pseudo:
            raise Malformed("unknown or repeated pseudo field")
        check_value(value)
        pseudo[name] = value
    return pseudo, []


def _target(pseudo: dict[bytes, bytes], method: str) -> str:
    """The target in origin form; its bytes are those that an HTTP/1 request line could hold."""
    path = pseudo.get(b":path", b"")
    if pseudo.get(b":scheme") not in (b"http", b"https"):
        raise Malformed("no :scheme that we know")
    if not path.startswith(b"/") and not (path == b"*" and method == "OPTIONS"):
        raise Malformed("invalid :path")
    if b" " in path or b"\t" in path or b"#" in path:
        raise Malformed("white space or fragment in :path")
    return checked_target(path.decode(errors="surrogateescape"))


def _authority(pseudo: dict[bytes, bytes], hosts: list[bytes]) -> bytes:
    """The one host that everybody behind us will see; a Host header may only repeat it (section 8.3.1)."""
    named = {*hosts, pseudo[b":authority"]} if b":authority" in pseudo else set(hosts)
    if len(named) > 1 or len(hosts) > 1:
        raise Malformed("more than one host")
    return named.pop() if named else b""
