"""How far a command is, on a terminal and in a journal."""

from __future__ import annotations

import io
import logging
from datetime import date
from typing import TYPE_CHECKING

from syncd.cli.progress_line import MonthlyLog, ProgressLine, TimeEstimate
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_replaces_its_line_and_takes_it_away() -> None:
    stream = Terminal()
    progress = ProgressLine(stream)
    progress.count("checking", 1, 3)
    progress.count("checking", 3, 3)
    progress.clear()
    assert stream.getvalue() == "\r\x1b[Kchecking 1 of 3\r\x1b[Kchecking 3 of 3\r\x1b[K"


def test_progress_is_written_a_hundred_times_at_most_whatever_there_is_to_do() -> None:
    stream = Terminal()
    progress = ProgressLine(stream)
    for done in range(1700):
        progress.count("checking", done, 1700)
    assert stream.getvalue().count("checking") <= 101


def test_progress_is_for_terminals_and_not_for_the_quiet() -> None:
    streams = io.StringIO(), Terminal()
    for progress in ProgressLine(streams[0]), ProgressLine(streams[1], quiet=True):
        progress.say("working")
        progress.clear()
    assert [stream.getvalue() for stream in streams] == ["", ""]


def test_a_long_progress_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    stream = Terminal()
    ProgressLine(stream).say("x" * 200)
    assert stream.getvalue() == "\r\x1b[K" + "x" * 49


def shown(*steps: tuple[float, Progress]) -> str:
    """Return the last line after these reports, each at its second."""
    stream = Terminal()
    now = 0.0
    estimate = TimeEstimate(ProgressLine(stream), lambda: now)
    for now, progress in steps:  # noqa: B007  the clock reads it
        estimate.report(progress)
    return stream.getvalue().rpartition("\r\x1b[K")[2]


def test_the_time_left_follows_from_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    steps = (0.0, Progress("writing", 0, 400)), (60.0, Progress("writing", 100, 400))
    assert shown(steps[0]) == "writing  0 of 400 days"
    assert shown(*steps) == "writing  100 of 400 days  3:00 left"


def test_the_time_left_is_in_hours_from_an_hour_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    start = 0.0, Progress("writing", 0, 60)
    assert shown(start, (3599 / 59, Progress("writing", 1, 60))).endswith("59:59 left")
    assert shown(start, (3600 / 59, Progress("writing", 1, 60))).endswith("1 h 00 min left")


def test_requests_of_every_kind_are_added_and_records_never_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    steps = (
        (0.0, Progress("metadata", records=2500, requests=2)),
        (1.0, Progress("metadata", records=5000, requests=3)),
        (2.0, Progress("texts", requests=4)),
    )
    assert shown(*steps) == "texts  5,000 records  7 requests"


def test_a_share_of_a_file_is_shown_in_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    steps = (0.0, Progress("snapshot", share=0.0)), (10.0, Progress("snapshot", share=0.25))
    assert shown(*steps) == "snapshot  25%  0:30 left"


def test_a_journal_gets_one_line_for_each_month(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log = MonthlyLog(logging.getLogger("months"))
    for day in (date(2026, 3, 31), date(2026, 3, 30), date(2026, 2, 27)):
        log.report(Progress("writing", day=day))
    log.report(Progress("texts", requests=1))
    log.clear()
    log.clear()
    assert caplog.messages == ["backfill: 2026-03, 2 days done", "backfill: 2026-02, 1 days done"]
