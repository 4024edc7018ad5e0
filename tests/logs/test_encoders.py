"""How entries are written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pogoproxy.loggers.encoders import ConsoleEncoder, JsonEncoder
from pogoproxy.logs import encoders
from pogoproxy.logs.field_filters import FieldFilter
from pogoproxy.logs.wrapping import appending, before_journald, filtering

ENTRY: dict[str, Any] = {
    "level": "warn",
    "ts": 1.5,
    "logger": "a.b",
    "msg": "told",
    "duration": 0.0015,
    "n": {"x": "y"},
}


def test_keys_are_renamed_or_left_out() -> None:
    config = JsonEncoder(message_key="message", level_key="", time_format="rfc3339", line_ending="\r\n")
    line = encoders.encoder_of(config)(ENTRY)
    assert line.endswith(b"}\r\n")
    assert list(json.loads(line)) == ["ts", "logger", "message", "duration", "n"]
    assert json.loads(line)["ts"] == "1970-01-01T00:00:01Z"


@pytest.mark.parametrize(
    ("options", "key", "wanted"),
    [
        ({"time_format": "unix_milli_float"}, "ts", 1500.0),
        ({"time_format": "unix_nano"}, "ts", 1_500_000_000),
        ({"time_format": "wall_milli"}, "ts", "1970/01/01 00:00:01.500"),
        ({"duration_format": "ms"}, "duration", 1),
        ({"duration_format": "nano"}, "duration", 1_500_000),
        ({"duration_format": "string"}, "duration", "1.5ms"),
        ({"level_format": "upper"}, "level", "WARN"),
    ],
)
def test_values_are_formatted(options: dict[str, str], key: str, wanted: object) -> None:
    assert json.loads(encoders.encoder_of(JsonEncoder(**options))(ENTRY))[key] == wanted


@pytest.mark.parametrize(
    ("seconds", "wanted"), [(0.0, "0ns"), (2e-6, "2µs"), (1.5, "1.5s"), (62.5, "1m2.5s"), (7265.0, "2h1m5s")]
)
def test_durations_are_printed_as_go_does(seconds: float, wanted: str) -> None:
    encode = encoders.encoder_of(JsonEncoder(duration_format="string"))
    assert json.loads(encode({**ENTRY, "duration": seconds}))["duration"] == wanted


def test_people_get_columns_and_the_rest_as_json() -> None:
    encode = encoders.encoder_of(ConsoleEncoder())
    columns = '1970/01/01 00:00:01.500\t\x1b[33mWARN\x1b[0m\ta.b\ttold\t{"duration":0.0015,"n":{"x":"y"}}\n'
    assert encode(ENTRY).decode() == columns
    assert encode({**ENTRY, "stacktrace": "one\ntwo"}).decode().endswith("}\none\ntwo\n")


def test_journald_is_told_the_priority_first() -> None:
    assert before_journald(encoders.json)(ENTRY).startswith(b'<4>{"level":"warn"')
    assert before_journald(encoders.json)({**ENTRY, "level": "fatal"}).startswith(b"<2>")


def test_fields_are_appended_and_placeholders_among_them_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "test")
    encode = appending({"a": 1, "stage": "{env.STAGE}", "text": "in {braces} not alone"}, encoders.json)
    entry = json.loads(encode(ENTRY))
    assert (entry["a"], entry["stage"], entry["text"]) == (1, "test", "in {braces} not alone")


def test_a_field_within_others_is_filtered_and_the_entry_itself_is_left_alone() -> None:
    gone: FieldFilter = lambda name, value: ()  # noqa: E731
    encode = filtering({"n>x": gone, "msg": gone, "none>x": gone, "duration": gone}, encoders.json)
    entry = json.loads(encode(ENTRY))
    assert entry["n"] == {}
    assert entry["msg"] == "told"
    assert "duration" not in entry
    assert ENTRY["n"] == {"x": "y"}
