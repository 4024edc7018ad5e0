"""JSON in the two key orders of Caddy's output, escaped as Go escapes it."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.adapt.emit import module_object, plain, text
from pogoproxy.handlers.respond import StaticResponse
from pogoproxy.handlers.subroute import Subroute
from pogoproxy.handlers.vars import Vars
from pogoproxy.route import Route


def test_a_struct_keeps_the_order_of_its_fields() -> None:
    route = Route(group="a", handle=(msgspec.Raw(b"{}"),), terminal=True)
    assert bytes(plain(route)) == b'{"group":"a","handle":[{}],"terminal":true}'


def test_a_module_object_is_sorted_at_every_depth() -> None:
    inner = module_object(StaticResponse(status_code=200, body="x"))
    assert bytes(inner) == b'{"body":"x","handler":"static_response","status_code":200}'
    route = Route(match=({"path": msgspec.Raw(b'{"z":1,"a":2}')},), handle=(inner,))
    assert bytes(module_object(Subroute(routes=(route,)))) == (
        b'{"handler":"subroute","routes":[{"handle":[' + bytes(inner) + b'],"match":[{"path":{"a":2,"z":1}}]}]}'
    )


def test_a_module_with_keys_of_the_users_choosing() -> None:
    assert bytes(module_object(Vars(entries={"z": 1, "a": None}))) == b'{"a":null,"handler":"vars","z":1}'


def test_what_html_and_javascript_would_take_for_more_than_text_is_escaped() -> None:
    assert text("<&>\u2028\u2029é") == '"\\u003c\\u0026\\u003e\\u2028\\u2029é"'.encode()


def test_the_readable_form_is_indented_by_tabs() -> None:
    assert text({"a": [1, {"b": {}}]}, pretty=True) == b'{\n\t"a": [\n\t\t1,\n\t\t{\n\t\t\t"b": {}\n\t\t}\n\t]\n}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.booleans())
def test_either_form_means_the_same(value: object, pretty: bool) -> None:
    assert json.loads(text(value, pretty=pretty)) == value
