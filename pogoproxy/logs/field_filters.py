"""What filters make of a field: its pair of name and value again, another one, or none."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from ..errors import ConfigError
from ..http import query
from ..http.regexp import compile_regexp, substitute
from ..loggers import filters as configs

Pairs = Sequence[tuple[str, Any]]
FieldFilter = Callable[[str, Any], Pairs]

_Text = Callable[[str], str]


def filter_of(config: configs.Filter) -> FieldFilter:
    """The filter that a configuration describes; ConfigError for a wrong regular expression, action or mask."""
    match config:
        case configs.DeleteFilter():
            return lambda name, value: ()
        case configs.ReplaceFilter(value=text):
            return lambda name, value: [(name, text)]
        case configs.RenameFilter(name=new):
            return lambda name, value: [(new, value)]
        case configs.HashFilter():
            return _texts(_hash)
        case configs.IPMaskFilter():
            return _texts(_mask(config.ipv4_cidr, config.ipv6_cidr))
        case configs.QueryFilter(actions=actions):
            return _texts(_query(_by_name((a.type, a.parameter, a.value) for a in actions or ())))
        case configs.CookieFilter(actions=actions):
            return _lists(_cookies(_by_name((a.type, a.name, a.value) for a in actions or ())))
        case configs.SetCookieFilter(actions=actions):
            return _lists(_set_cookies(_by_name((a.type, a.name, a.value) for a in actions or ())))
        case configs.RegexpFilter(regexp=pattern, value=replacement):
            return _texts(_replaced([(pattern, replacement)]))
        case configs.MultiRegexpFilter(operations=operations):
            return _texts(_replaced([(one.regexp, one.value) for one in operations]))
    raise ConfigError(f"unknown module: {config.module_id()}")


def _texts(change: _Text) -> FieldFilter:
    """Changes a text, or each of a list of texts; whatever else stays."""

    def apply(name: str, value: Any) -> Pairs:
        if isinstance(value, str):
            return [(name, change(value))]
        if isinstance(value, list | tuple):
            return [(name, [change(text) for text in value])]
        return [(name, value)]

    return apply


def _lists(change: Callable[[Sequence[str]], list[str]]) -> FieldFilter:
    """Changes a list of texts as a whole."""
    return lambda name, value: [(name, change(value) if isinstance(value, list | tuple) else value)]


def _hash(text: str) -> str:
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:8]


_Action = Callable[[str], str | None]
"""What becomes of a value; None is nothing."""


def _by_name(actions: Iterable[tuple[str, str, str]]) -> dict[str, _Action]:
    """The first action of each name."""
    found: dict[str, _Action] = {}
    for kind, name, value in actions:
        if kind not in ("replace", "hash", "delete"):
            raise ConfigError("invalid action type")
        found.setdefault(name, _action(kind, value))
    return found


def _action(kind: str, replacement: str) -> _Action:
    if kind == "replace":
        return lambda value: replacement
    return _hash if kind == "hash" else lambda value: None


def _keep(value: str) -> str:
    return value


def _query(actions: dict[str, _Action]) -> _Text:
    """Parameters come out sorted and encoded anew, as Go's net/url does it."""

    def change(uri: str) -> str:
        before, mark, rest = uri.partition("?")
        asked, hash_sign, fragment = rest.partition("#")
        if not mark:
            return uri
        changed = [
            (name, shown)
            for name, value in query.parse(asked)
            if (shown := actions.get(name, _keep)(value)) is not None
        ]
        text = query.encode(changed)
        return before + ("?" + text if text else "") + hash_sign + fragment

    return change


def _cookies(actions: dict[str, _Action]) -> Callable[[Sequence[str]], list[str]]:
    """All of a request's cookies as one list in one line."""

    def change(lines: Sequence[str]) -> list[str]:
        pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";") if pair.strip()]
        shown = [(name, actions.get(name, _keep)(value.strip('"'))) for name, _, value in pairs]
        text = "; ".join(f"{name}={value}" for name, value in shown if value is not None)
        return [text] if text else []

    return change


def _set_cookies(actions: dict[str, _Action]) -> Callable[[Sequence[str]], list[str]]:
    """The value alone is changed; attributes, blanks and quotes stay as they are."""

    def change(lines: Sequence[str]) -> list[str]:
        return [shown for line in lines if (shown := _set_cookie(line, actions)) is not None]

    return change


def _set_cookie(line: str, actions: dict[str, _Action]) -> str | None:
    found = re.match(r'(\s*([^=;]*?)\s*=\s*"?)([^;"]*?)("?\s*(?:;.*)?)$', line, re.DOTALL)
    if not found or found[2] not in actions:
        return line
    value = actions[found[2]](found[3])
    return None if value is None else found[1] + value + found[4]


def _replaced(operations: Sequence[tuple[str, str]]) -> _Text:
    compiled = [(compile_regexp(pattern), replacement) for pattern, replacement in operations]

    def change(text: str) -> str:
        for expression, replacement in compiled:
            text = substitute(expression, replacement, text)
        return text

    return change


def _mask(ipv4: int, ipv6: int) -> _Text:
    """Addresses, perhaps with ports, perhaps several with commas; what is no address stays."""
    if not 0 <= ipv4 <= 32 or not 0 <= ipv6 <= 128:
        raise ConfigError(f"ip_mask of {ipv4} and {ipv6} bits")
    return lambda text: ", ".join(_masked(one.strip(), ipv4, ipv6) for one in text.split(","))


def _masked(text: str, ipv4: int, ipv6: int) -> str:
    found = re.fullmatch(r"\[([^\]]*)\]:(\d+)|([^:]*):(\d+)", text)
    host, port = (found[1] or found[3], found[2] or found[4]) if found else (text, "")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return text
    bits = ipv4 if address.version == 4 else ipv6
    # Without a mask Caddy prints an absent address.
    masked = str(ipaddress.ip_network((address, bits), strict=False).network_address) if bits else "<nil>"
    return masked if not port else f"[{masked}]:{port}" if ":" in masked else f"{masked}:{port}"
