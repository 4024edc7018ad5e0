"""The matcher `expression`; what its expressions mean is compared with Caddy in `tests/differential`."""

from __future__ import annotations

import sys

import msgspec
import pytest

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.http.failures import remember_error
from pogoproxy.http.route import provision_matcher
from pogoproxy.module import Context
from pogoproxy.standard import REGISTRY
from tests.exchanges import make


def predicate(expression):
    return provision_matcher("expression", msgspec.Raw(msgspec.json.encode(expression)), Context(REGISTRY), "match")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 + 1", "CEL request matcher expects return type of bool, not int"),
        ("'a' + 1 == 'a1'", "found no matching overload for '_+_' applied to '(string, int)'"),
        ("path()", "undeclared reference to 'path'"),
        ("path(5)", "found no matching overload for 'path' applied to '(int)'"),
        ("header('foo')", "found no matching overload for 'header'"),
        ("protocol('http', 'https')", "undeclared reference to 'protocol'"),
        ("nothing == 1", "undeclared reference to 'nothing'"),
        ("true &&", "Syntax error"),
    ],
)
def test_what_is_no_condition_is_refused(expression, message):
    with pytest.raises(ConfigError) as mistake:
        predicate(expression)
    assert message in mistake.value.message


def test_groups_take_the_name_of_the_matcher():
    exchange, _ = make("/books/12")
    assert predicate({"expr": "path_regexp('^/books/([0-9]+)')", "name": "book"})(exchange)
    assert exchange.values["http.regexp.book.1"] == "12"


@pytest.mark.parametrize(
    "expression",
    [
        "{http.request.uri.path} > 5",
        "path_regexp({http.request.uri.query})",
        "{http.vars.large} == 1",
        "1 / int({http.request.uri.query}) == 1",
    ],
)
def test_an_expression_without_a_value_is_a_failure(expression):
    exchange, _ = make("/?(")
    exchange.vars["large"] = 2**70
    with pytest.raises(HandlerError) as failure:
        predicate(expression)(exchange)
    assert failure.value.status == 500


def test_text_that_is_no_utf8_shows_what_cannot_be_read():
    exchange, _ = make("/%ff")
    assert predicate("{http.request.uri.path} == '/\ufffd'")(exchange)


@pytest.mark.parametrize(
    ("expression", "status", "expected"),
    [
        ("{http.error.status_code} in [404, 410]", 410, True),
        ("{http.error.status_code} in [404, 410]", 411, False),
        ("{http.error.status_code} >= 500 && {http.error.status_code} <= 599", 599, True),
        ("{http.error.status_code} >= 500 && {http.error.status_code} <= 599", 499, False),
        (
            "{http.error.status_code} >= 400 && {http.error.status_code} <= 499 || {http.error.status_code} in [500]",
            500,
            True,
        ),
    ],
)
def test_error_pages_by_status_need_no_library(monkeypatch, expression, status, expected):
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    exchange, _ = make()
    matches = predicate(expression)
    assert not matches(exchange)
    remember_error(exchange, HandlerError(status))
    assert matches(exchange) is expected


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    with pytest.raises(ConfigError, match=r"pip install 'pogoproxy\[cel\]'"):
        predicate("true")
