"""Fields come apart from the words that they were logged with."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.logs.events import event


def record(words: object, *arguments: object, name: str = "pogoproxy.upstream") -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, "", 0, words, arguments, None)


@pytest.mark.parametrize(
    ("words", "arguments", "expected"),
    [
        ("stopped", (), ("stopped", {})),
        ("upstream is down target=%s", ("a:80",), ("upstream is down", {"target": "a:80"})),
        ("exited role=%s pid=%d", ("front", 7), ("exited", {"role": "front", "pid": 7})),
        ("stopping grace=%ss", (1.5,), ("stopping", {"grace": "1.5s"})),
        ("ready pids=%s", ([1, 2],), ("ready", {"pids": [1, 2]})),
        ("failed error=%s", (ValueError("no x=1 here"),), ("failed", {"error": "no x=1 here"})),
        ("option has no effect option=keepalive", (), ("option has no effect", {"option": "keepalive"})),
        ("serving %s", ("http://a/?b=c d=e",), ("serving http://a/?b=c d=e", {})),
        ("100%% sure share=%.2f", (0.5,), ("100% sure", {"share": "0.50"})),
        ("too few a=%s b=%s", (), ("too few a=%s b=%s", {})),
    ],
)
def test_words_become_an_event_and_fields(words: str, arguments: tuple[object, ...], expected: object) -> None:
    assert event(record(words, *arguments)) == expected


def test_a_mapping_of_arguments_and_words_that_are_no_text_are_left_alone() -> None:
    assert event(record("a=%(a)s", {"a": 1})) == ("a=1", {})
    assert event(record(ValueError("x y=1"))) == ("x y=1", {})


def test_what_others_log_stays_in_one_piece() -> None:
    assert event(record("GET path=%s", "/x", name="uvicorn.access")) == ("GET path=/x", {})
    assert event(record("GET path=%s", "/x", name="pogoproxyapp")) == ("GET path=/x", {})


@given(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans())
def test_no_value_can_pass_for_another_field(text: str, number: int, share: float, is_so: bool) -> None:
    words, fields = event(record("told text=%s number=%d share=%s is_so=%s", text, number, share, is_so))
    assert (words, fields) == ("told", {"text": text, "number": number, "share": share, "is_so": is_so})
