"""A page in a browser on this machine gets nothing from the admin API."""

from __future__ import annotations

import pytest

from pogoproxy.admin.guard import Guard
from pogoproxy.errors import HandlerError
from pogoproxy.http.headers import HeaderList
from pogoproxy.net import ListenAddress

LOCAL = ListenAddress("tcp", "localhost", 2019)


def refusal(guard: Guard, host: str, headers: HeaderList) -> int:
    try:
        guard.check(host, headers)
    except HandlerError as error:
        return error.status
    return 0


@pytest.mark.parametrize("host", ["localhost:2019", "127.0.0.1:2019", "[::1]:2019"])
def test_our_own_names_are_taken(host: str) -> None:
    assert refusal(Guard.of(LOCAL), host, []) == 0
    assert refusal(Guard.of(LOCAL), host, [(b"Origin", f"http://{host}".encode())]) == 0


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:2020", "evil.example:2019", ""])
def test_another_host_is_refused_against_dns_rebinding(host: str) -> None:
    assert refusal(Guard.of(LOCAL), host, []) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"Origin", b"http://evil.example")], 403),
        ([(b"Origin", b"null")], 400),
        ([(b"Sec-Fetch-Mode", b"no-cors")], 400),
        ([(b"Sec-Fetch-Mode", b"cors")], 403),
        ([(b"Upgrade", b"websocket")], 400),
        ([(b"Origin", b"https://evil.example/localhost:2019")], 403),
        ([(b"Origin", b"http://localhost:2019@evil.example")], 403),
    ],
)
def test_requests_across_sites_are_refused(headers: HeaderList, status: int) -> None:
    assert refusal(Guard.of(LOCAL), "localhost:2019", headers) == status


def test_configured_origins_replace_our_names() -> None:
    guard = Guard.of(LOCAL, ["admin.example"])
    assert refusal(guard, "admin.example", [(b"Origin", b"https://admin.example")]) == 0
    assert refusal(guard, "localhost:2019", []) == 403


def test_an_enforced_origin_must_be_there() -> None:
    guard = Guard.of(LOCAL, enforce_origin=True)
    assert refusal(guard, "localhost:2019", []) == 403
    assert refusal(guard, "localhost:2019", [(b"Origin", b"http://localhost:2019")]) == 0


def test_an_api_on_every_interface_takes_every_host() -> None:
    assert refusal(Guard.of(ListenAddress("tcp", "", 2019)), "server.example:2019", []) == 0
