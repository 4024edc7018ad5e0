"""The `http` app's servers."""

from __future__ import annotations

from pogoproxy.apps.http import Server


def spoken(server: Server) -> dict[str, tuple[str, ...]]:
    return {str(address): protocols for address, protocols in server.spoken().items()}


def test_a_listener_speaks_what_is_its_own_or_else_its_servers():
    server = Server(listen=(":1", ":2"), protocols=("h1", "h2c"), listen_protocols=(("h1",), None))
    assert list(spoken(server).values()) == [("h1",), ("h1", "h2c")]


def test_where_nothing_is_said_all_is_spoken():
    assert list(spoken(Server(listen=(":1",))).values()) == [("h1", "h2", "h3")]
