"""Places of values in JSON and YAML texts."""

from __future__ import annotations

import pytest

from pogoproxy.config.place import Path, shown, span_of

JSON = '{\n\t"a": {"b": [1, {"c": 2}]},\n\t"d": 3\n}\n'


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [((), 1, 1), (("a",), 2, 2), (("a", "b", 1, "c"), 2, 18), (("d",), 3, 2), (("a", "nope"), 2, 2)],
)
def test_a_path_leads_as_far_as_it_can(path: Path, line: int, column: int) -> None:
    span = span_of(JSON, path, "x.json")
    assert span is not None
    assert (span.line, span.column) == (line, column)


def test_a_text_that_is_no_json_has_no_places() -> None:
    assert span_of("{", ("a",), "x.json") is None


def test_a_path_is_shown_as_in_javascript() -> None:
    assert shown(("apps", "http", "servers", "srv0", "routes", 0)) == "apps.http.servers.srv0.routes[0]"
