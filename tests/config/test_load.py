"""JSON into structs: what is unknown is refused with its path."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.config.load import load, load_yaml
from pogoproxy.errors import ConfigError, Span


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
            "apps.http.servers.a.listen",
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


JSON = """{
	"apps": {
		"http": {
			"servers": {
				"good": {"listen": [":80"]},
				"bad": {
					"listen": [":81"],
					"routes": [{}, {"handel": []}]
				}
			}
		}
	}
}
"""


def test_a_mistake_in_a_file_has_its_line() -> None:
    with pytest.raises(ConfigError) as mistake:
        load(JSON.encode(), "site.json")
    assert mistake.value.path == "apps.http.servers.bad.routes[1]"
    assert mistake.value.span == Span("site.json", 8, 22, 8)


def test_malformed_json_has_its_line() -> None:
    with pytest.raises(ConfigError) as mistake:
        load(b'{\n\t"apps": x\n}', "site.json")
    assert mistake.value.span == Span("site.json", 2, 10)


def test_yaml_means_the_same_and_has_its_lines() -> None:
    text = "apps:\n  http:\n    servers:\n      main:\n        listen: [':80']\n"
    assert load_yaml(text).http.servers["main"].listen == (":80",)
    with pytest.raises(ConfigError) as mistake:
        load_yaml(text + "        nonsense: 1\n", "site.yaml")
    assert mistake.value.path == "apps.http.servers.main"
    assert mistake.value.span == Span("site.yaml", 6, 9, 8)


def test_aliases_cannot_stand_for_billions_of_values() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20))
    with pytest.raises(ConfigError, match="values, with the aliases written out"):
        load_yaml(f"a0: &a0 [1]\n{levels}")


@pytest.mark.parametrize("text", ["a: [", "- 1", "a: &a [*a]", "!!python/object:os.system {}", "\t", "a: b: c"])
def test_broken_yaml_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        load_yaml(text, "site.yaml")


def test_ids_for_the_admin_api_are_passed_over() -> None:
    text = b'{"apps":{"http":{"servers":{"a":{"@id":"main","listen":[":80"],"routes":[{"@id":1}]}}}}}'
    assert load(text).http.servers["a"].listen == (":80",)
    with pytest.raises(ConfigError) as mistake:
        load(text.replace(b'"listen"', b'"listn"'))
    assert mistake.value.path == "apps.http.servers.a"
