"""The directives `intercept`, `copy_response` and `copy_response_headers`."""

from typing import Any

import pytest

from tests.adapted import handler, mistakes


def test_answers_are_handled_by_their_status_or_header() -> None:
    block = "@file header X-Accel-Redirect *\nreplace_status 503\nhandle_response @file {\nabort\n}"
    matched, always = handler(f"intercept {{\n{block}\n}}")["handle_response"]
    assert matched["match"] == {"headers": {"X-Accel-Redirect": ["*"]}}
    assert matched["routes"] == [{"handle": [{"abort": True, "handler": "static_response"}]}]
    assert always == {"status_code": 503}


@pytest.mark.parametrize(
    ("directive", "found"),
    [
        ("copy_response", {}),
        ("copy_response 404", {"status_code": 404}),
        ("copy_response {\nstatus {rp.status_code}\n}", {"status_code": "{http.reverse_proxy.status_code}"}),
        ("copy_response_headers", {}),
        ("copy_response_headers {\ninclude A\ninclude B C\n}", {"include": ["A", "B", "C"]}),
        ("copy_response_headers {\nexclude A\n}", {"exclude": ["A"]}),
    ],
)
def test_an_answer_is_copied(directive: str, found: dict[str, Any]) -> None:
    (entry,) = handler(f"intercept {{\nhandle_response {{\n{directive}\n}}\n}}")["handle_response"]
    copied = entry["routes"][0]["handle"][0]
    assert copied == {"handler": directive.split(maxsplit=1)[0], **found}


def test_all_mistakes_of_a_block_are_found_at_once() -> None:
    block = "@a status 2yz\nreplace_status @b 200\nhandle_respons {\n}\n@a status 200\nhandle_response @a {\n}"
    assert mistakes(f"intercept {{\n{block}\n}}") == [
        "bad status value '2yz': strconv.Atoi: parsing \"2yz\": invalid syntax",
        "no named response matcher defined with name 'b'",
        "unrecognized subdirective handle_respons",
        "matcher is defined more than once: @a",
    ]
