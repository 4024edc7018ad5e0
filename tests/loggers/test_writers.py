from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.config.adapt import adapt
from pogoproxy.loggers.writers import file_mode
from pogoproxy.standard import LANGUAGE
from tests.adapted import mistakes


def writer(words: str) -> Any:
    text = adapt(f"{{\nlog {{\noutput {words}\n}}\n}}\n", "Caddyfile", LANGUAGE).text()
    return msgspec.json.decode(text)["logging"]["logs"]["default"]["writer"]


@pytest.mark.parametrize("name", ["stdout", "stderr", "discard"])
def test_standard_writers_are_named_alone(name: str) -> None:
    assert writer(name) == {"output": name}


def test_a_socket_may_be_absent_at_the_start() -> None:
    found = writer("net tcp/logs:514 {\nsoft_start\ndial_timeout 3s\n}")
    assert found == {"output": "net", "address": "tcp/logs:514", "soft_start": True, "dial_timeout": 3_000_000_000}


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("mode 644", "mode", "0644"),
        ("dir_mode inherit", "dir_mode", "inherit"),
        ("roll_disabled", "roll", False),
        ("roll_size 10MB", "roll_size_mb", 10),
        ("roll_size 10MiB", "roll_size_mb", 10),
        ("roll_size 1", "roll_size_mb", 1),
        ("roll_uncompressed", "roll_gzip", False),
        ("roll_compression ZSTD", "roll_compression", "zstd"),
        ("roll_keep_for 25h", "roll_keep_days", 2),
        ("roll_minutes 0,15 30", "roll_minutes", [0, 15, 30]),
        ("roll_at 00:00,12:00", "roll_at", ["00:00", "12:00"]),
        ("roll_interval 1d", "roll_interval", 86_400_000_000_000),
    ],
)
def test_files_are_rolled_as_told(line: str, field: str, value: object) -> None:
    assert writer(f"file /l {{\n{line}\n}}") == {"output": "file", "filename": "/l", field: value}


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        ("file", "wrong argument count or unexpected line ending after 'file'"),
        ("file /l {\nmode 9\n}", "parsing mode: "),
        ("file /l {\ndir_mode x\n}", "parsing dir_mode: "),
        ("file /l {\nroll_keep x\n}", "parsing roll_keep number: "),
        ("file /l {\nroll_keep_for -1h\n}", "negative roll_keep_for duration: -1h"),
        ("file /l {\nroll_minutes 1,,2\n}", "parsing roll_minutes: empty value"),
        ("file /l {\nroll_compression br\n}", "parsing roll_compression: must be 'none', 'gzip' or 'zstd'"),
        ("file /l {\ncolour\n}", "unrecognized subdirective 'colour'"),
        (
            "nowhere",
            "getting module named 'caddy.logging.writers.nowhere': module not registered",
        ),
    ],
)
def test_what_cannot_be_written_to_is_refused(words: str, mistake: str) -> None:
    (found,) = mistakes(f"log {{\noutput {words}\n}}")
    assert found.startswith(mistake)


@given(st.integers(min_value=1, max_value=0o7777))
def test_a_mode_is_written_in_four_octal_digits(mode: int) -> None:
    assert file_mode(f"{mode:o}") == f"{mode:04o}"
