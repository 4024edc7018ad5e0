"""JSON into structs: what is unknown is refused with its path."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.config.load import load
from pogoproxy.errors import ConfigError


def test_servers_and_pools_are_typed_and_handlers_stay_raw() -> None:
    config = load(
        b'{"apps":{"http":{"servers":{"srv0":{"listen":[":80"],"routes":[{"handle":[{"handler":"x"}]}]}}},'
        b'"pogo":{"worker":"shop"}}}'
    )
    server = config.http.servers["srv0"]
    assert [address.port for address in server.addresses()] == [80]
    assert bytes(server.routes[0].handle[0]) == b'{"handler":"x"}'
    assert config.apps.pogo is not None
    assert config.apps.pogo.worker == "shop"


@pytest.mark.parametrize(
    ("text", "message", "path"),
    [
        (b'{"apps":{"http":{"nonsense":1}}}', "Object contains unknown field `nonsense`", "apps.http"),
        (
            b'{"apps":{"http":{"servers":{"a":{"listen":1}}}}}',
            "Expected `array`, got `int`",
            "apps.http.servers[...].listen",
        ),
        (b'{"apps":{"quic":{}}}', "Object contains unknown field `quic`", "apps"),
    ],
)
def test_a_mistake_has_its_path(text: bytes, message: str, path: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        load(text)
    assert (mistake.value.message, mistake.value.path) == (message, path)


@given(
    st.binary() | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(msgspec.json.encode)
)
def test_no_text_gives_anything_but_a_config_or_a_config_error(text: bytes) -> None:
    with contextlib.suppress(ConfigError):
        load(text)
