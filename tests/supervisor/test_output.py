"""Whatever a child prints becomes lines of bounded length, and nothing of it is lost."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.supervisor.output import LONGEST_LINE, Lines, Output


def lines_of(pieces: list[bytes]) -> list[str]:
    lines = Lines()
    return [line for piece in pieces for line in lines.feed(piece)] + list(lines.end())


def test_a_line_may_come_in_pieces() -> None:
    assert lines_of([b"he", b"llo\nwor", b"ld\r\n", b"end"]) == ["hello", "world", "end"]


def test_a_line_without_end_is_cut() -> None:
    lines = lines_of([b"x" * 5000] * 5)
    assert "".join(lines) == "x" * 25_000
    assert max(map(len, lines)) <= LONGEST_LINE


def test_what_is_no_text_is_shown_escaped() -> None:
    assert lines_of([b"\xff\n"]) == ["\\xff"]


@given(st.lists(st.text("ab\n", max_size=40).map(str.encode)))
def test_cuts_between_reads_change_nothing(pieces: list[bytes]) -> None:
    assert lines_of(pieces) == lines_of([b"".join(pieces)])


def test_lines_of_routine_are_news_and_a_watched_one_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seen: list[int] = []
    output = Output("fpm stderr", logging.WARNING)
    output.routine = "] NOTICE: "
    output.watch_for("ready to", lambda: seen.append(1))
    output.data_received(b"[now] NOTICE: ready to serve\n[now] WARNING: no room\n[now] NOTICE: ready to serve\n")
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]
    assert seen == [1]
