"""The coverage as lines: groups of dates, and the command that helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.coverage import DayReport
from syncd.core.model import State
from syncd.core.results import Rest, Status
from syncd.report.text import status_lines
from syncd.report.text.status_lines import group_days
from tests.support.plain_text import strip_colour

START = date(2026, 6, 1)  # a Monday
NOW = datetime(2026, 7, 14, tzinfo=UTC)


def report(day: date, state: State, papers: int | None = None, evidence: str = "") -> DayReport:
    return DayReport(day, state, papers, None, None, "new", evidence)


def reports(count: int, state: State = State.COMPLETE, **others: State) -> tuple[DayReport, ...]:
    """Return the reports of `count` dates from START on. `d<n>` gives the state n days after START."""
    days = []
    for n in range(count):
        day = START + timedelta(n)
        its = others.get(f"d{n}", State.NO_MAILING if day.isoweekday() > 5 else state)
        held = its in {State.COMPLETE, State.ADOPTED, State.CONFLICT}
        days.append(report(day, its, 100 if held else None, "weekend" if day.isoweekday() > 5 else "because"))
    return tuple(days)


def status(
    days: tuple[DayReport, ...], gaps: tuple[date, ...] = (), lag: int = 0, rests: tuple[Rest, ...] = ()
) -> Status:
    newest = max((day.day for day in days if day.papers is not None), default=None)
    return Status(days, gaps, lag, newest, NOW, rests)


def test_a_year_without_a_list_of_closings_is_named() -> None:
    found = replace(status(reports(5)), unlisted_years=(2027, 2028))
    assert "calendar   no list of closings is known for 2027, 2028: on a date" in "\n".join(
        status_lines.of_status(found)
    )
    assert not any(line.startswith("calendar") for line in status_lines.of_status(status(reports(5))))


def test_a_month_of_mailings_with_weekends_and_a_holiday_is_one_line() -> None:
    lines = list(map(strip_colour, status_lines.of_status(status(reports(30, d18=State.NO_MAILING)))))
    assert lines[-1] == "2026-06-01 … 2026-06-30  complete       21 mailings, 2,100 papers; 1 holiday"
    assert lines[-2] == ""


def test_a_day_in_trouble_breaks_the_line_and_says_why() -> None:
    lines = list(
        map(strip_colour, status_lines.of_status(status(reports(12, d8=State.PARTIAL), gaps=(START + timedelta(8),))))
    )
    assert lines[-3:] == [
        "2026-06-01 … 2026-06-08  complete       6 mailings, 600 papers",
        "2026-06-09               partial        1 mailing: because",
        "2026-06-10 … 2026-06-12  complete       3 mailings, 300 papers",
    ]
    assert "missing    2026-06-09: syncd sync" in lines


@given(st.lists(st.sampled_from(list(State)), min_size=1, max_size=60))
def test_every_date_is_in_exactly_one_group(states: list[State]) -> None:
    days = tuple(report(START + timedelta(n), state) for n, state in enumerate(states))
    found = group_days(days)
    assert [day for group in found for day in group.days] == list(days)
    assert all({day.state for day in one.days} <= {one.state, State.NO_MAILING} for one in found)
    assert all(one.state is not other.state for one, other in pairwise(found))


def test_a_weekend_alone_says_what_it_is() -> None:
    lines = list(map(strip_colour, status_lines.of_status(status(reports(7)[5:]))))
    assert lines[-1] == "2026-06-06 … 2026-06-07  no-mailing     weekend"
    assert lines[0] == "held       nothing yet"


def test_a_holiday_at_the_beginning_belongs_to_the_mailings_after_it() -> None:
    lines = list(map(strip_colour, status_lines.of_status(status(reports(5, d0=State.NO_MAILING)))))
    assert lines[-2:] == ["", "2026-06-01 … 2026-06-05  complete       4 mailings, 400 papers; 1 holiday"]


def test_gaps_beyond_reach_name_the_backfill_too() -> None:
    days = reports(200, d0=State.PENDING, d199=State.COMPLETE)
    shown = "\n".join(map(strip_colour, status_lines.of_status(status(days, gaps=(START, days[-2].day)))))
    assert "missing    2026-06-01 2026-12-16: syncd sync, then syncd backfill --since 2026-06-01" in shown
    shown = "\n".join(map(strip_colour, status_lines.of_status(status(days, gaps=(START,)))))
    assert "missing    2026-06-01: syncd backfill --since 2026-06-01" in shown


@pytest.mark.parametrize(("age", "command"), [(90, "syncd sync"), (91, "syncd backfill --since 2026-06-01")])
def test_a_gap_is_fetched_by_sync_up_to_ninety_days_back(age: int, command: str) -> None:
    days = reports(age + 1, d0=State.PENDING, **{f"d{age}": State.COMPLETE})
    shown = "\n".join(map(strip_colour, status_lines.of_status(status(days, gaps=(START,)))))
    assert f"missing    2026-06-01: {command}\n" in shown


@pytest.mark.parametrize(("count", "more"), [(3, ""), (4, " (and 1 other reason)"), (5, " (and 2 other reasons)")])
def test_three_reasons_of_a_group_are_shown_and_more_are_counted(count: int, more: str) -> None:
    days = tuple(report(START + timedelta(n), State.FAILED, evidence=f"reason {n}") for n in range(count))
    shown = strip_colour(list(status_lines.of_status(status(days)))[-1])
    assert shown.endswith(f": reason 0; reason 1; reason 2{more}")


def test_a_conflict_names_both_ways_out() -> None:
    shown = "\n".join(map(strip_colour, status_lines.of_status(status(reports(5, d1=State.CONFLICT)))))
    assert "conflict   2026-06-02: syncd repair 2026-06-02 --accept-file, or --restore" in shown


def test_lag_and_rests_say_what_to_do() -> None:
    rests = (Rest("arxiv.org", NOW), Rest("export.arxiv.org", None))
    shown = "\n".join(map(strip_colour, status_lines.of_status(status(reports(5), lag=2, rests=rests))))
    assert "newest     Fri 2026-06-05, 2 mailings behind: syncd sync" in shown
    assert "resting    arxiv.org until 2026-07-14 00:00 UTC" in shown
    assert "resting    export.arxiv.org until a person runs: syncd requests --release export.arxiv.org" in shown
    assert "next poll  2026-07-14 00:00 UTC" in shown
    assert "up to date" in "\n".join(status_lines.of_status(status(reports(5))))
