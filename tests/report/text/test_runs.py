"""A run as lines: a line for each date, the totals, and what helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.core.errors import CoolingDown, PartialPage
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done, Run
from syncd.report.text import runs
from tests.support.plain_text import strip_colour

START = date(2026, 6, 1)  # a Monday
NOW = datetime(2026, 7, 14, tzinfo=UTC)


def outcome(n: int, action: Done = Done.WRITTEN, **more: object) -> DayOutcome:
    day = START + timedelta(n)
    return DayOutcome(day, State.COMPLETE, action, f"2026/{day}.md", 5, **more)  # type: ignore[arg-type]


def test_a_run_shows_a_line_for_each_date_and_the_totals() -> None:
    lines = list(map(strip_colour, runs.of_run(Run((outcome(1), outcome(0)), requests=2), verb="sync")))
    assert lines == [
        "2026-06-02  written     5 papers  2026/2026-06-02.md",
        "2026-06-01  written     5 papers  2026/2026-06-01.md",
        "sync: 2 written; 2 requests",
    ]


def test_many_dates_that_went_well_are_one_line_and_troubled_ones_keep_theirs() -> None:
    trouble = outcome(50, error=PartialPage("cut", reason="truncated", day=START))
    lines = list(map(strip_colour, runs.of_run(Run((*map(outcome, range(50)), trouble)), verb="adopt")))
    assert lines == [
        "2026-06-01 … 2026-07-20  written     50 mailings, 250 papers",
        "2026-07-21  refused     5 papers  truncated: cut",
        "adopt: 50 written, 1 refused",
        "  nothing of this page was written; run the same command again later",
    ]


@pytest.mark.parametrize(("count", "lines"), [(40, 40), (41, 1)])
def test_more_than_forty_dates_with_the_same_trouble_are_one_line(count: int, lines: int) -> None:
    trouble = PartialPage("a JSON array", reason="bad-records")
    days = (*(replace(outcome(n), error=trouble, papers=None) for n in range(count)), outcome(90, note="another"))
    shown = [line for line in map(strip_colour, runs.of_run(Run(days), verb="backfill")) if "JSON" in line]
    assert len(shown) == lines
    if lines == 1:
        assert shown == ["2026-06-01 … 2026-07-11  refused     41 dates  bad-records: a JSON array"]


@pytest.mark.parametrize(("count", "lines"), [(40, 40), (41, 1)])
def test_forty_dates_have_their_own_lines_and_more_are_joined(count: int, lines: int) -> None:
    *dates, totals = runs.of_run(Run(tuple(map(outcome, range(count)))), verb="adopt")
    assert len(dates) == lines
    assert totals == f"adopt: {count} written"


def test_requests_are_counted_when_some_were_sent_or_the_command_usually_sends_some() -> None:
    (sync,) = runs.of_run(Run(), verb="sync")
    (repair,) = runs.of_run(Run(), verb="repair")
    (replay,) = runs.of_run(Run(requests=1), verb="replay")
    assert [sync, repair, replay] == [
        "sync: nothing to do; 0 requests",
        "repair: nothing to do",
        "replay: nothing to do; 1 request",
    ]


def test_advice_is_given_once_however_many_dates_need_it() -> None:
    errors = [outcome(n, error=PartialPage("cut", reason="truncated")) for n in range(3)]
    lines = list(runs.of_run(Run(tuple(errors)), verb="sync"))
    assert sum("run the same command again" in line for line in lines) == 1


def test_unchanged_dates_are_counted_and_shown_only_with_a_note() -> None:
    run = Run((outcome(0, Done.NONE), outcome(1, Done.NONE, note="was edited")))
    assert list(map(strip_colour, runs.of_run(run, verb="repair"))) == [
        "2026-06-02  unchanged   5 papers  2026/2026-06-02.md  was edited",
        "repair: 2 unchanged",
    ]


def test_what_ended_a_run_comes_last_with_what_helps() -> None:
    error = CoolingDown(url="https://arxiv.org/", host="arxiv.org", until=NOW)
    run = Run(error=error, waiting=(START, START + timedelta(1)))
    assert list(map(strip_colour, runs.of_run(run, verb="sync"))) == [
        "sync: nothing done; 0 requests",
        "2 older dates still missing (2026-06-01 … 2026-06-02): syncd backfill --since 2026-06-01",
        "stopped: arxiv.org asked for a pause until 2026-07-14 00:00 UTC",
        "  nothing is sent before that; see: syncd requests",
    ]
