"""Where progress is shown: lines in a pipe, a live display on a terminal, nothing for the quiet."""

from __future__ import annotations

import io
import logging
from datetime import date

import click
import pytest

from syncd.cli import live_progress
from syncd.cli.live_progress import LiveProgress
from syncd.cli.progress_display import NoProgress, ProgressLines, TerminalProgress, open_display
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.progress import Progress

DAY = date(2026, 7, 1)
WRITTEN = DayOutcome(DAY, State.COMPLETE, Done.WRITTEN, "2026/2026-07-01.md", 108)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def write_lines(*steps: tuple[float, Progress], every: float = 5.0) -> list[str]:
    """Return the lines after these reports, each at its second."""
    now, lines = 0.0, list[str]()
    display = ProgressLines(lines.append, every, lambda: now)
    for now, progress in steps:  # noqa: B007  the clock reads it
        display.report(progress)
    return lines


def test_a_pipe_gets_no_line_for_short_work_and_then_one_each_few_seconds() -> None:
    steps = [(tenth / 10, Progress("checking files", tenth, 1000)) for tenth in range(121)]
    lines = write_lines(*steps)
    assert [line.partition(" of ")[0] for line in lines] == ["checking files: 50", "checking files: 100"]
    assert write_lines(*steps[:49]) == []


def test_after_an_hour_a_pipe_gets_a_line_a_minute() -> None:
    steps = [(float(second), Progress("checking", second, 9000)) for second in range(7200)]
    assert len(write_lines(*steps[:60])) == 11
    assert len(write_lines(*steps)) < 400


def test_the_lines_name_the_dates_that_were_written_since_the_line_before() -> None:
    unchanged = DayOutcome(date(2026, 7, 2), State.COMPLETE, Done.NONE)
    lines = write_lines(
        (0.0, Progress("fetching mailings", 0, 9)),
        (1.0, Progress("fetching mailings", 1, 9, outcome=WRITTEN)),
        (6.0, Progress("fetching mailings", 2, 9, outcome=unchanged)),
        (12.0, Progress("fetching mailings", 3, 9)),
    )
    assert [line.endswith("; written: 2026-07-01") for line in lines] == [True, False]


def test_work_that_will_take_long_is_announced_at_once() -> None:
    (line,) = write_lines((0.0, Progress("fetching mailings", 0, 62, seconds_each=15.0)))
    assert line == "fetching mailings: 62 days, about 16 min at arXiv's rate limits"


def draw(*reports: Progress, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal of this width got, until before the display is removed."""
    monkeypatch.setenv("COLUMNS", str(width))
    stream = Terminal()
    live = LiveProgress(stream, coloured=False, clock=lambda: 0.0, refreshes_itself=False)
    try:
        for report in reports:
            live.report(report)
        live.refresh()
        return stream.getvalue()
    finally:
        live.clear()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_live_display_fits_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    polite = Progress("fetching mailings", 12, 62, seconds_each=15, outcome=WRITTEN)
    long = Progress("", detail="asking https://arxiv.org/catchup/cs.CV/2026-07-01?abs=True " + "x" * 300)
    shown = draw(polite, long, width=width, monkeypatch=monkeypatch)
    last = [click.unstyle(line) for line in shown.rpartition("\x1b[2K")[2].splitlines()]
    assert last[0].startswith("2026-07-01  written     108 papers  2026/2026-07-01.md")
    assert "fetching mailings: 12 of 62 days, about 13 min left" in last[1]
    assert last[2].startswith("  asking https://arxiv.org/catchup/cs.CV/2026-07-01")
    assert all(len(line.rstrip()) <= width for line in last)


def test_a_live_display_is_removed_and_lasting_lines_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    live = LiveProgress(stream, coloured=False, clock=lambda: 0.0, refreshes_itself=False)
    live.report(Progress("checking files", 1, 9))
    live.say("a line that stays")
    live.clear()
    before = stream.getvalue()
    live.clear()
    assert stream.getvalue() == before
    assert "a line that stays\n" in before
    assert before.endswith("\x1b[2K")  # the last line of the display is erased


def test_log_lines_appear_above_a_live_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream, logger = Terminal(), logging.getLogger("syncd")
    handler = logging.StreamHandler(stream)
    monkeypatch.setattr("sys.stderr", stream)
    logger.addHandler(handler)
    try:
        live = LiveProgress(stream, coloured=False, clock=lambda: 0.0, refreshes_itself=False)
        live.report(Progress("checking files", 1, 9))
        logger.warning("a warning")
        live.clear()
        assert handler.stream is stream
    finally:
        logger.removeHandler(handler)
    assert "a warning\n" in stream.getvalue()


def test_a_terminal_shows_short_work_only_where_it_waits_for_arxiv(monkeypatch: pytest.MonkeyPatch) -> None:
    now, shown = 0.0, list[Progress]()
    monkeypatch.setattr(live_progress.LiveProgress, "report", lambda _self, progress: shown.append(progress))
    display = TerminalProgress(Terminal(), coloured=False, clock=lambda: now)
    display.report(Progress("checking files", 1, 9))
    assert shown == []
    now = 0.4
    display.report(Progress("checking files", 2, 9))
    assert [one.done for one in shown] == [2]
    polite = TerminalProgress(Terminal(), coloured=False, clock=lambda: now)
    polite.report(Progress("fetching mailings", 0, 9, seconds_each=15))
    assert len(shown) == 2


def test_the_display_fits_where_standard_error_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with click.Context(click.Command("check")):
        assert isinstance(open_display(Terminal(), "auto", is_quiet=True), NoProgress)
        assert isinstance(open_display(Terminal(), "auto", is_quiet=False), TerminalProgress)
        for stream, form in ((io.StringIO(), "auto"), (Terminal(), "json")):
            assert isinstance(open_display(stream, form, is_quiet=False), ProgressLines)
        monkeypatch.setenv("TERM", "dumb")
        assert isinstance(open_display(Terminal(), "auto", is_quiet=False), ProgressLines)


def test_in_a_journal_the_lines_are_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "syncd")
    monkey = logging.getLogger("syncd")
    monkey.propagate = True
    with click.Context(click.Command("check")):
        display = open_display(io.StringIO(), "journal", is_quiet=False)
    display.report(Progress("fetching mailings", 0, 62, seconds_each=15.0))
    assert caplog.messages == ["fetching mailings: 62 days, about 16 min at arXiv's rate limits"]
