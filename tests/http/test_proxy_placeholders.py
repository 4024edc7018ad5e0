"""`{http.reverse_proxy.…}` before and after an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from pogoproxy.http.headers import HeaderList
from pogoproxy.http.placeholders import template
from pogoproxy.upstream.target import Targets
from tests.exchanges import make


@dataclass
class Came:
    """An answer whose head took a quarter of a second, the second that was asked for."""

    status: int = 404
    headers: HeaderList = field(default_factory=lambda: [(b"X-A", b"1"), (b"x-a", b"2")])
    length: int = 3
    began: float = field(default_factory=lambda: time.monotonic() - 2)
    asked: float = field(default_factory=lambda: time.monotonic() - 1)

    @property
    def came(self) -> float:
        return self.asked + 0.25


def filled(text: str, **given) -> str:
    exchange, _ = make()
    for name, value in given.items():
        setattr(exchange, name, value)
    return template(text)(exchange)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status_code", "404"),
        ("status_text", "404 Not Found"),
        ("header.X-A", "1,2"),
        ("header.Content-Length", "3"),
        ("upstream.latency", "250ms"),
        ("upstream.latency_ms", "250"),
    ],
)
def test_an_answer_is_told_of_once_it_has_come(name, value):
    assert filled(f"{{http.reverse_proxy.{name}}}") == ""
    assert filled(f"{{http.reverse_proxy.{name}}}", received=Came()) == value


def test_durations_go_on():
    assert 1000 <= float(filled("{http.reverse_proxy.upstream.duration_ms}", received=Came())) < 2000
    assert float(filled("{http.reverse_proxy.duration_ms}", received=Came())) >= 2000


@pytest.mark.parametrize(
    ("dial", "told"),
    [
        ("10.0.0.1:80", "tcp/10.0.0.1:80 10.0.0.1:80 10.0.0.1 80"),
        ("[::1]:80", "tcp/[::1]:80 [::1]:80 ::1 80"),
        ("unix//run/up", "unix//run/up /run/up /run/up "),
    ],
)
def test_the_upstream_is_told_of_as_caddy_has_it(dial, told):
    names = ("address", "hostport", "host", "port")
    text = " ".join(f"{{http.reverse_proxy.upstream.{name}}}" for name in names)
    assert filled(text, upstream=Targets().at(dial)) == told
