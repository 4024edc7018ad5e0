"""No text that a client sends makes a pattern slow: each takes time in proportion to it.

The bound is generous, since a pattern that backtracks would not end at all: the texts are as long as a front takes.
"""

from __future__ import annotations

import time

import pytest

from pogoproxy.handlers.file_server.conditions import Validators, verdict
from pogoproxy.handlers.file_server.hiding import is_hidden
from pogoproxy.http.header_ops import compile_ops
from pogoproxy.http.path_pattern import compile_glob, match_path
from pogoproxy.http.regexp_match import match_regexp
from pogoproxy.http.uri_rewrite import replace_regexp
from tests.exchanges import make

LONG = 30_000
SECONDS = 2.0
"""Of the processor's time."""


def seconds(call, *arguments):
    start = time.process_time()
    call(*arguments)
    return time.process_time() - start


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", r"^(\w+\s?)*$", "(.*a){12}$", "^(a?){50}a{50}$", "^/(/*)*$"]
)
def test_regular_expressions(pattern):
    exchange, _ = make("/" + "a" * LONG + "!")
    assert seconds(match_regexp("n", pattern), exchange.path, exchange) < SECONDS
    assert seconds(replace_regexp(pattern, "x"), exchange) < SECONDS


def test_regular_expressions_over_headers():
    edit = compile_ops({}, {}, (), {"X-A": (Replacement("(a+)+$", "x"),)})
    exchange, _ = make(headers=[(b"X-A", b"a" * LONG + b"!")])
    assert seconds(edit, exchange.headers, exchange) < SECONDS


class Replacement:
    search = ""

    def __init__(self, search_regexp: str, replace: str) -> None:
        self.search_regexp = search_regexp
        self.replace = replace


@pytest.mark.parametrize(
    "pattern", ["/*a*a*a*a*a*b", "/?*a*?*a*b", "/[a-z]*[a-z]*[a-z]*b", "/%2f*a*a*a*b", "/%*a%*a%*b"]
)
def test_globs(pattern):
    exchange, _ = make("/" + "a" * LONG + "!")
    assert seconds(match_path([pattern]), exchange) < SECONDS
    assert seconds(compile_glob(pattern), exchange.path) < SECONDS


def test_globs_of_hidden_files():
    assert seconds(is_hidden, "/srv/" + "a" * LONG, ["*a*a*a*a*b", "/srv/*a*a*a*b"]) < SECONDS


@pytest.mark.parametrize("value", [b'"a"' + b" " * LONG + b"x", b"," * LONG, b'"' * LONG, b"W/" * LONG, b" ,\t" * LONG])
def test_lists_of_entity_tags(value):
    for name in (b"If-None-Match", b"If-Match"):
        assert seconds(verdict, "GET", [(name, value)], Validators(b'"tag"', 5)) < SECONDS


def test_paths_are_cleaned_in_linear_time():
    for path in ("/" * LONG, "/." * LONG, "/.." * LONG, "/a/.." * LONG):
        exchange, _ = make(path)
        assert seconds(match_path(["/admin/*", "/a//b"]), exchange) < SECONDS
