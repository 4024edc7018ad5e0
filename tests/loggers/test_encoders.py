from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.standard import LANGUAGE
from tests.adapted import mistakes


def encoder(words: str) -> Any:
    text = adapt(f"{{\nlog {{\nformat {words}\n}}\n}}\n", "Caddyfile", LANGUAGE).text()
    return msgspec.json.decode(text)["logging"]["logs"]["default"]["encoder"]


def filters(lines: str) -> Any:
    return encoder(f"filter {{\n{lines}\n}}")["fields"]


def test_an_empty_key_leaves_its_value_out_so_it_is_no_default() -> None:
    assert encoder('json {\ntime_key ""\ntime_local\n}') == {"format": "json", "time_key": "", "time_local": True}


def test_encoders_wrap_each_other() -> None:
    assert encoder("journald {\nwrap append {\nwrap console\nfields {\na 1\n}\nb {env.X}\n}\n}") == {
        "format": "journald",
        "wrap": {"format": "append", "wrap": {"format": "console"}, "fields": {"a": 1, "b": "{env.X}"}},
    }


def test_fields_that_are_appended_have_the_type_that_they_spell_unless_quoted() -> None:
    assert encoder('append {\na 1\nb "1"\nc 1.5\nd true\n}')["fields"] == {"a": 1, "b": "1", "c": 1.5, "d": True}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("delete", {"filter": "delete"}),
        ("hash", {"filter": "hash"}),
        ("replace x", {"filter": "replace", "value": "x"}),
        ("rename y", {"filter": "rename", "name": "y"}),
        ("ip_mask 16 32", {"filter": "ip_mask", "ipv4_cidr": 16, "ipv6_cidr": 32}),
        ("ip_mask {\nipv6 32\n}", {"filter": "ip_mask", "ipv6_cidr": 32}),
        ("query {\ndelete a\n}", {"filter": "query", "actions": [{"type": "delete", "parameter": "a"}]}),
        ("cookie {\nreplace a b\n}", {"filter": "cookie", "actions": [{"type": "replace", "name": "a", "value": "b"}]}),
        ("set_cookie {\nhash a\n}", {"filter": "set_cookie", "actions": [{"type": "hash", "name": "a"}]}),
        ("regexp a b", {"filter": "regexp", "regexp": "a", "value": "b"}),
    ],
)
def test_a_field_is_filtered_with_or_without_the_block_fields(line: str, wanted: object) -> None:
    assert filters(f"request>uri {line}") == {"request>uri": wanted}
    assert filters(f"fields {{\nrequest>uri {line}\n}}") == {"request>uri": wanted}


def test_regular_expressions_for_one_field_run_one_after_the_other() -> None:
    assert filters("a regexp x y\na regexp z w") == {
        "a": {"filter": "multi_regexp", "operations": [{"regexp": "x", "value": "y"}, {"regexp": "z", "value": "w"}]}
    }


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ("a regexp x y\na delete", "cannot mix regexp filters with other filter types for field a"),
        ("a hash\na delete", "field a already has a filter; multiple non-regexp filters per field are not supported"),
        ("a ip_mask x", "error parsing x: "),
        ("a query {\nrename b\n}", "unrecognized subdirective rename"),
        ("a multi_regexp", "multi_regexp filter requires at least one regexp operation"),
        (
            "a polish",
            "getting module named 'caddy.logging.encoders.filter.polish': module not registered",
        ),
        ("a multi_regexp {\n" + "regexp a b\n" * 51 + "}", "too many regexp operations (maximum 50 allowed)"),
        (f"a multi_regexp {{\nregexp {'a' * 1001} b\n}}", "regexp pattern too long (maximum 1000 characters)"),
    ],
)
def test_filters_that_contradict_each_other_or_are_none_are_refused(lines: str, mistake: str) -> None:
    (found,) = mistakes(f"log {{\nformat filter {{\n{lines}\n}}\n}}")
    assert found.startswith(mistake)
