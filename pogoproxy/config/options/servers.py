"""`servers [<address>] { … }`: settings of the server that listens there, or of all that no other entry is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...adapt.readers import integer_of
from ...adapt.routes import size as byte_length
from ...apps.http import Metrics, Server, ServerLogs
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Reader, Row, duration, flag, read_block, read_row, rows, size, text, texts, unrecognized
from ...handlers.timeouts import timeout_and_rate
from ...module import Module
from ..listener_wrappers import IPSource, ListenerWrapper, PacketConnWrapper

PROTOCOLS = ("h1", "h2", "h2c", "h3")


@dataclass(frozen=True)
class ServerOptions:
    """Settings for a server; `fields` are the server's own."""

    address: str
    name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    logs: Mapping[str, bool] = field(default_factory=dict)


TIMEOUTS = {
    "read_body": ("read_timeout", ""),
    "read_body_idle": ("read_idle_timeout", "read_min_rate"),
    "read_header": ("read_header_timeout", ""),
    "write": ("write_timeout", ""),
    "write_idle": ("write_idle_timeout", "write_min_rate"),
    "idle": ("idle_timeout", ""),
}
"""The fields of a time and of a rate that may follow it."""


def _timeouts(cursor: Cursor) -> dict[str, int]:
    cursor.finish()
    found: dict[str, int] = {}
    for line in cursor.block():
        if line.name == "write_max_chunk":
            found["max_write_chunk"] = size(line)
        elif line.name in TIMEOUTS:
            timeout, rate = TIMEOUTS[line.name]
            found |= timeout_and_rate(line, timeout, rate) if rate else {timeout: duration(line)}
        else:
            raise unrecognized(line, TIMEOUTS, "unrecognized timeouts option '{}'")
        line.finish_line()
    return found


def _count(cursor: Cursor) -> int:
    return integer_of(cursor.word(), "parsing keepalive count int: ")


def _protocols(cursor: Cursor) -> tuple[str, ...]:
    words = cursor.words()
    for word in words:
        if word.text not in PROTOCOLS:
            raise word.error(f"unknown protocol '{word.text}': expected h1, h2, h2c, or h3")
    return tuple(word.text for word in words)


def _strict_sni_host(cursor: Cursor) -> bool:
    word = cursor.maybe()
    if word and word.text not in ("on", "insecure_off"):
        raise word.error(f"strict_sni_host only supports 'on' or 'insecure_off', got '{word.text}'")
    return not word or word.text == "on"


def _early_data(cursor: Cursor) -> bool:
    word = cursor.word()
    if word.text != "off":
        raise word.error(f"unsupported 0rtt argument '{word.text}' (only 'off' is supported)")
    return False


def _metrics(cursor: Cursor) -> Metrics:
    return Metrics(**read_block(cursor, rows(per_host=flag), unknown="unrecognized metrics option '{}'"))


PLAIN = rows(
    name=text,
    keepalive_interval=duration,
    keepalive_idle=duration,
    keepalive_count=_count,
    enable_full_duplex=flag,
    expected_underscore_headers=texts,
    expected_dot_headers=texts,
    strict_sni_host=_strict_sni_host,
    trusted_proxies_unix=flag,
    metrics=_metrics,
    trace=flag,
) | {
    "max_header_size": Row("max_header_bytes", size),
    "trusted_proxies_strict": Row("trusted_proxies_strict", lambda cursor: int(flag(cursor))),
    "log_credentials": Row("should_log_credentials", flag),
    "protocols": Row("protocols", _protocols, adds=True),
    "client_ip_headers": Row("client_ip_headers", Cursor.texts, adds=True),
    "0rtt": Row("allow_0rtt", _early_data),
    "timeouts": Row("timeouts", _timeouts),
}


UNIQUE = {"protocols": "protocol", "client_ip_headers": "client IP header"}
"""Fields whose lines add up, but no value may come twice, and the word for one."""


def _refuse_twice(line: Cursor, values: tuple[str, ...], what: str) -> None:
    for value in values:
        if values.count(value) > 1:
            raise line.error(f"{what} {value} specified more than once")


def _guest_rows(adaptation: Adaptation) -> dict[str, Row]:
    def wrappers(base: type[Module]) -> Reader:
        return lambda cursor: tuple(
            adaptation.emit(adaptation.named_guest(base, line.segment)) for line in cursor.block()
        )

    def source(cursor: Cursor) -> msgspec.Raw:
        if not cursor.remaining:
            raise cursor.error("trusted_proxies expects an IP range source module name as its first argument")
        return adaptation.emit(adaptation.guest(IPSource, cursor))

    return {
        "listener_wrappers": Row("listener_wrappers", wrappers(ListenerWrapper), adds=True),
        "packet_conn_wrappers": Row("packet_conn_wrappers", wrappers(PacketConnWrapper), adds=True),
        "trusted_proxies": Row("trusted_proxies", source),
    }


def _servers(cursor: Cursor, adaptation: Adaptation) -> ServerOptions:
    address = cursor.maybe()
    cursor.finish()
    known = PLAIN | _guest_rows(adaptation)
    fields: dict[str, Any] = {}
    for line in cursor.block():
        read_row(line, known, fields, unknown="unrecognized servers option '{}'")
        if line.name == "name" and not address:
            raise line.error("cannot set a name for a server without a listener address")
        for name, what in UNIQUE.items():
            _refuse_twice(line, fields.get(name, ()), what)
        if line.name == "metrics":
            adaptation.warn(
                "The nested 'metrics' option inside `servers` is deprecated and will be removed in the next major"
                " version. Use the global 'metrics' option instead.",
                line.segment.words[0].span,
            )
    fields |= fields.pop("timeouts", {})
    logs: dict[str, bool] = {name: fields.pop(name) for name in ("should_log_credentials", "trace") if name in fields}
    found = ServerOptions(address.text if address else "", fields.pop("name", ""), fields, logs)
    _refuse_repetition(cursor, found, adaptation.option("servers", list) or ())
    return found


def _refuse_repetition(cursor: Cursor, found: ServerOptions, others: Iterable[ServerOptions]) -> None:
    for other in others:
        if other.address == found.address:
            message = "cannot have 'servers' global options with duplicate listener addresses"
            raise cursor.error(f"{message}: {found.address}")
        if found.name and other.name == found.name:
            raise cursor.error(f"cannot use duplicate server name '{found.name}'")


def _global_metrics(cursor: Cursor, adaptation: Adaptation) -> Metrics:
    adaptation.ignore_rest(cursor)
    known = rows(per_host=flag, observe_catchall_hosts=flag, otlp=flag)
    return Metrics(**read_block(cursor, known, unknown="unrecognized servers option '{}'"))


OPTIONS = (Option("servers", _servers, gathers=True), Option("metrics", _global_metrics))


def apply(servers: Mapping[str, Server], options: Iterable[ServerOptions]) -> dict[str, Server]:
    """The servers with their settings and names; the entry with the longest address is tried first."""
    entries = sorted(options, key=lambda entry: -byte_length(entry.address))
    found: dict[str, Server] = {}
    for name, server in servers.items():
        entry = next((one for one in entries if not one.address or one.address in server.listen), None)
        found[(entry and entry.name) or name] = _with(server, entry) if entry else server
    return dict(sorted(found.items()))


def _with(server: Server, entry: ServerOptions) -> Server:
    fields = dict(entry.fields)
    if entry.logs:
        fields["logs"] = msgspec.structs.replace(server.logs or ServerLogs(), **entry.logs)
    return msgspec.structs.replace(server, **fields)
