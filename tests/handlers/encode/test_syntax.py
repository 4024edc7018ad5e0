"""The directive `encode`: formats in their order, settings, and what is refused."""

from typing import Any

import pytest

from tests.adapted import handler, mistakes


@pytest.mark.parametrize(
    ("words", "encodings", "prefer"),
    [
        ("", {"gzip": {}, "zstd": {}}, ["zstd", "gzip"]),
        ("gzip", {"gzip": {}}, ["gzip"]),
        ("gzip zstd", {"gzip": {}, "zstd": {}}, ["gzip", "zstd"]),
        ("{\nzstd better {\ndisable_checksum\n}\n}", {"zstd": {"level": "better", "checksum": False}}, ["zstd"]),
        ("zstd {\ngzip 9\n}", {"gzip": {"level": 9}, "zstd": {}}, ["gzip", "zstd"]),
    ],
)
def test_formats_are_preferred_in_their_order(words: str, encodings: dict[str, Any], prefer: list[str]) -> None:
    found = handler(f"encode {words}")
    assert (found["encodings"], found["prefer"]) == (encodings, prefer)


def test_what_is_compressed_may_be_said() -> None:
    found = handler("encode gzip {\nminimum_length 64\nmatch {\nstatus 2xx\nheader Content-Type text/*\n}\n}")
    assert found["minimum_length"] == 64
    assert found["match"] == {"status_code": [2], "headers": {"Content-Type": ["text/*"]}}
    assert handler("encode {\nmatch status 200\n}")["match"] == {"status_code": [200]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("gzp", "getting module named 'gzp': module not registered: http.encoders.gzp"),
        ("{\nzstd fast\n}", "unexpected compression level, use one of 'fastest', 'default', 'better', 'best'"),
        ("{\ngzip fast\n}", 'strconv.Atoi: parsing "fast": invalid syntax'),
        ("{\nminimum_length 1k\n}", 'strconv.Atoi: parsing "1k": invalid syntax'),
    ],
)
def test_a_mistake_is_worded(words: str, message: str) -> None:
    assert mistakes(f"encode {words}") == [message]
