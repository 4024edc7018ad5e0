"""What is logged of an exchange: Caddy's fields, the request as it came, no credentials."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pogoproxy.apps.http import ServerLogs
from pogoproxy.errors import HandlerError
from pogoproxy.http.exchange import Exchange
from pogoproxy.logs import encoders
from pogoproxy.logs.access import AccessLog, ErrorLog
from pogoproxy.logs.naming import is_logged, names_of
from pogoproxy.logs.router import Log, Router
from pogoproxy.logs.sinks import Sink
from pogoproxy.upstream.target import Targets
from tests.exchanges import make


class Answered:
    """What a front knows of an answer."""

    def __init__(self, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
        self.status = status
        self.headers = list(headers)
        self.sent = 5


def logged(observer: type[AccessLog] | type[ErrorLog], exchange: Exchange, response: Any, **config: Any) -> Any:
    lines: list[bytes] = []
    sink = Sink(lines.append)
    observer(ServerLogs(**config), Router([Log(sink, encoders.json, level=10)]))(exchange, response)
    sink.close()
    return [json.loads(line) for line in b"".join(lines).splitlines()]


SECRET = [(b"cookie", b"a=1"), (b"Cookie", b"b=2"), (b"authorization", b"Basic eA=="), (b"X-A", b"1"), (b"x-a", b"2")]


@pytest.mark.parametrize("observer", [AccessLog, ErrorLog])
def test_credentials_are_hidden_in_all_logs(observer: Any) -> None:
    exchange, _ = make(headers=SECRET)
    exchange.failure = HandlerError(500, "broken")
    (entry,) = logged(observer, exchange, Answered(500, (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2")))
    assert entry["request"]["headers"] == {"Cookie": ["REDACTED"], "Authorization": ["REDACTED"], "X-A": ["1", "2"]}
    assert entry.get("resp_headers", {"Set-Cookie": ["REDACTED"]}) == {"Set-Cookie": ["REDACTED"]}


def test_credentials_are_shown_if_that_is_asked_for() -> None:
    exchange, _ = make(headers=SECRET)
    (entry,) = logged(AccessLog, exchange, Answered(), should_log_credentials=True)
    assert entry["request"]["headers"]["Cookie"] == ["a=1", "b=2"]


def test_the_request_is_shown_as_it_came() -> None:
    exchange, _ = make("/a?b=c", headers=[(b"X-A", b"came")], remote=("192.0.2.1", 4711))
    exchange.remember_received()
    exchange.headers[:] = [(b"X-A", b"changed")]
    exchange.host = "changed"
    exchange.set_uri("/changed")
    (entry,) = logged(AccessLog, exchange, Answered())
    request = entry["request"]
    assert (request["host"], request["uri"], request["headers"]) == ("example.com", "/a?b=c", {"X-A": ["came"]})
    assert (request["remote_ip"], request["remote_port"]) == ("192.0.2.1", "4711")


class Agreed:
    """A handshake's outcome."""

    server_name = "example.com"
    alpn = "h2"

    def __init__(self, subject: str = "") -> None:
        self.fields = {
            "resumed": False,
            "version": "tls1.3",
            "cipher_suite": "TLS_AES_128_GCM_SHA256",
            "ech": False,
            "client.subject": subject,
            "client.serial": "17",
        }

    def get(self, field: str) -> object:
        return self.fields.get(field)


def test_a_handshake_is_shown_in_numbers() -> None:
    exchange, _ = make(tls=Agreed())
    (entry,) = logged(AccessLog, exchange, Answered())
    assert entry["request"]["tls"] == {
        "resumed": False,
        "version": 772,
        "cipher_suite": 4865,
        "proto": "h2",
        "server_name": "example.com",
        "ech": False,
    }


def test_a_clients_certificate_is_named() -> None:
    exchange, _ = make(tls=Agreed(r"CN=ada\, the first,O=Engines"))
    (entry,) = logged(AccessLog, exchange, Answered())
    shown = entry["request"]["tls"]
    assert (shown["client_common_name"], shown["client_serial"]) == (r"ada\, the first", "17")


def test_a_request_that_nobody_answered_is_a_nop() -> None:
    exchange, _ = make()
    exchange.vars["unhandled"] = True
    (entry,) = logged(AccessLog, exchange, Answered(200))
    assert (entry["msg"], entry["status"]) == ("NOP", 0)


def test_a_client_that_left_while_an_upstream_was_asked_is_499() -> None:
    exchange, _ = make()
    exchange.upstream = Targets().at("10.0.0.1:80")
    (entry,) = logged(AccessLog, exchange, Answered(0))
    assert (entry["status"], entry["level"]) == (499, "info")


def test_a_failure_is_explained_under_its_id() -> None:
    exchange, _ = make()
    exchange.failure = HandlerError(502, "no answer")
    (entry,) = logged(ErrorLog, exchange, Answered(502), default_logger_name="log0")
    assert (entry["level"], entry["logger"], entry["msg"]) == ("error", "http.log.error.log0", "no answer")
    assert (entry["status"], entry["err_id"]) == (502, exchange.failure.id)


@pytest.mark.parametrize("status", [404, 500])
def test_a_failure_that_an_error_route_or_the_client_stands_for_is_for_debugging(status: int) -> None:
    exchange, _ = make()
    error = HandlerError(status, "x")
    exchange.error, exchange.failure = error, error if status < 500 else None
    (entry,) = logged(ErrorLog, exchange, Answered(status))
    assert entry["level"] == "debug"


def test_appended_fields_know_the_answer() -> None:
    exchange, _ = make()
    exchange.log_fields["code"] = lambda asked: asked.values["http.response.status"]
    (entry,) = logged(AccessLog, exchange, Answered(201))
    assert entry["code"] == 201


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("a.example.com", ("exact",)),
        ("b.example.com", ("one",)),
        ("x.y", ("default",)),
    ],
)
def test_an_exact_name_counts_before_a_wildcard(host: str, names: tuple[str, ...]) -> None:
    mapped = {"a.example.com": ("exact",), "*.example.com": ("one",)}
    assert names_of(host, ServerLogs(logger_names=mapped, default_logger_name="default")) == names


def test_hosts_are_skipped_unless_they_have_a_log() -> None:
    config = ServerLogs(logger_names={"a.test": ("x",)}, skip_hosts=("*.test",))
    assert [is_logged(host, config) for host in ("a.test", "b.test", "b.b.test")] == [True, False, True]
    assert not is_logged("c", ServerLogs(skip_unmapped_hosts=True))
