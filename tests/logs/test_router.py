"""Which entry goes where, and that a sink never holds anybody up."""

from __future__ import annotations

import errno
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.logs import encoders
from pogoproxy.logs.router import Log, Router
from pogoproxy.logs.sinks import Sink


class Memory:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.data = b""

    def __call__(self, data: bytes) -> None:
        self.data += data

    @property
    def entries(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.data.splitlines()]


def log(memory: Memory, **options: object) -> Log:
    return Log(Sink(memory), encoders.json, **options)  # type: ignore[arg-type]


def test_an_entry_has_caddys_keys() -> None:
    memory = Memory()
    router = Router([log(memory)])
    router.logger("runtime").emit(20, "serving", {"url": "http://localhost"})
    router.close()
    (entry,) = memory.entries
    assert list(entry) == ["level", "ts", "logger", "msg", "url"]
    assert entry["level"] == "info"


def test_levels_below_the_logs_own_are_left_out() -> None:
    memory = Memory()
    router = Router([log(memory, level=30)])
    for level in (10, 20, 30, 40):
        router.logger("x").emit(level, "told", {})
    router.close()
    assert [entry["level"] for entry in memory.entries] == ["warn", "error"]


@pytest.mark.parametrize(
    ("include", "exclude", "logger", "takes"),
    [
        ((), (), "http", True),
        (("http",), (), "http.log.access", True),
        (("http",), (), "https", False),
        ((), ("http.log.access.log0",), "http.log.access.log0", False),
        ((), ("http.log.access.log0",), "http.log.access", True),
        (("http",), ("http.log",), "http.log.access", False),
        (("http", "http.log.access"), ("http.log",), "http.log.access", True),
    ],
)
def test_the_longest_name_decides(include: tuple[str, ...], exclude: tuple[str, ...], logger: str, takes: bool) -> None:
    memory = Memory()
    made = log(memory, include=include, exclude=exclude)
    assert made.takes(logger) is takes
    made.sink.close()


def test_a_stopped_reader_drops_lines_and_says_how_many_later() -> None:
    may_go_on, memory = threading.Event(), Memory()

    def slow(data: bytes) -> None:
        may_go_on.wait(10)
        memory(data)

    sink = Sink(slow, most_lines=2)
    sink.put(b"0\n")
    while sink._lines:  # the first line is being written
        pass
    for number in range(1, 6):
        sink.put(b"%d\n" % number)
    assert sink.dropped == 3
    may_go_on.set()
    sink.close()
    assert memory.data.startswith(b"0\n1\n2\n")
    assert b"lines dropped count=3" in memory.data


def test_a_full_disk_is_survived() -> None:
    memory = Memory()
    is_full = True

    def write(data: bytes) -> None:
        if is_full:
            raise OSError(errno.ENOSPC, "full")
        memory(data)

    sink = Sink(write)
    sink.put(b"lost\n")
    while not sink.dropped:
        pass
    is_full = False
    sink.put(b"kept\n")
    sink.close()
    assert memory.data.startswith(b"kept\n")
    assert b"lines dropped count=1" in memory.data


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_an_entry_for_people_is_encoded_whatever_it_holds(fields: dict[str, str], message: str) -> None:
    entry = {"level": "info", "ts": 1.5, "logger": "x", "msg": message, **{f"f_{k}": v for k, v in fields.items()}}
    assert encoders.console(is_colored=True)(entry).endswith(b"\n")


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert json.loads(encoders.json({"uri": "/a\udcffb", "list": ["\udcff"]})) == {
        "uri": "/a\ufffdb",
        "list": ["\ufffd"],
    }
