"""Regular expressions of a configuration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.http.regexp import compile_regexp, expand, substitute


@pytest.mark.parametrize(
    ("pattern", "replacement", "text", "expected"),
    [
        ("b", "x", "abab", "axax"),
        ("(a)(b)", "$2$1", "abab", "baba"),
        ("(?P<n>a)", "${n}$n$$", "a", "aa$"),
        ("(a)", "$1x|${1}x", "a", "|ax"),
        ("(a)|(b)", "[$1$2$3]", "ab", "[a][b]"),
        ("x*", "-", "axb", "-a-b-"),
        ("x*", "-", "", "-"),
        ("", "-", "äb", "-ä-b-"),
        ("^a", "-", "aaa", "-aa"),
        ("a$", "-", "aaa", "aa-"),
        ("a", "-", "a\udcffa", "-\udcff-"),
        ("(?i)A", "-", "aA", "--"),
        (r"\pL", "-", "ä1", "-1"),
    ],
)
def test_replacing_is_as_in_go(pattern, replacement, text, expected):
    assert substitute(compile_regexp(pattern), replacement, text) == expected


def test_groups_are_known_by_number_and_name():
    pattern = compile_regexp("(a)(?P<rest>b*)(c)?")
    found = pattern.search("xabb")
    assert found is not None
    texts = found.texts()
    named = {name: texts[number] for name, number in pattern.groups()}
    assert named == {"0": "abb", "1": "a", "2": "bb", "3": "", "rest": "bb"}
    assert expand(found, "$0 $9 $none") == "abb  "


def test_the_end_is_the_end_and_not_a_line_end_before_it():
    assert compile_regexp("^/admin$").search("/admin\n") is None


@pytest.mark.parametrize("pattern", ["(", "[a", "(?=a)", r"(a)\1", "a{1001}", "(?P<n"])
def test_what_is_no_expression_is_refused(pattern):
    with pytest.raises(ConfigError, match="regular expression"):
        compile_regexp(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){20}$", r"(\w+\s?)+$"])
@pytest.mark.timeout(30)
def test_no_text_makes_an_expression_slow(pattern):
    """Python's `re` would take longer than the universe for these."""
    assert compile_regexp(pattern).search("a" * 50_000 + "!") is None


@given(st.text(), st.sampled_from(["a*", "", "[^/]+", "(?s).", "$", "^"]))
def test_replacing_by_what_was_found_changes_nothing(text, pattern):
    assert compile_regexp(pattern).sub(lambda found: found.group(0), text) == text
