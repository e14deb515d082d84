"""The calendar of the pages: years of months of dates, each with its state and the shade of its number of papers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.coverage import DayReport

STATES = {
    State.COMPLETE: "its listing was seen and kept",
    State.RECONSTRUCTED: "made from bulk metadata, with the reason for the date of each paper",
    State.ADOPTED: "taken over from a file that existed",
    State.PARTIAL: "papers are known to be missing",
    State.FAILED: "a page was refused, and nothing was written",
    State.CONFLICT: "file and database were both changed: a person must choose",
    State.PENDING: "announced or due, and not fetched yet",
    State.NO_MAILING: "weekend, holiday or closing",
    State.FUTURE: "not announced yet",
}
"""What the states of a date mean, in words."""


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """A month of the calendar: `days` are its dates, and the first stands in the column `column` (1 is Monday)."""

    name: str
    column: int
    days: tuple[tuple[DayReport, int], ...]


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year of the calendar, newest month first, and how much it holds."""

    year: int
    mailings: int
    papers: int
    months: tuple[CalendarMonth, ...]


def list_states(days: Sequence[DayReport]) -> list[tuple[State, str]]:
    """Return the states that dates have, with their meaning."""
    found = {day.state for day in days}
    return [(state, words) for state, words in STATES.items() if state in found]


def list_years(days: Sequence[DayReport]) -> Iterator[CalendarYear]:
    """Yield the years, newest first. The shade of a date is the quarter of all mailings that its number of papers is in."""
    counts = sorted(day.papers for day in days if day.papers)
    limits = [counts[len(counts) * part // 4] for part in (1, 2, 3)] if counts else []
    for year, group in groupby(reversed(days), key=lambda one: one.day.year):
        its = list(group)
        months = tuple(_make_month(first, list(of_month), limits) for first, of_month in groupby(its, key=_name_month))
        held = [day.papers for day in its if day.papers is not None]
        yield CalendarYear(year, len(held), sum(held), months)


def _name_month(one: DayReport) -> date:
    return one.day.replace(day=1)


def _make_month(first: date, days: Sequence[DayReport], limits: Sequence[int]) -> CalendarMonth:
    ascending = days[::-1]
    shaded = tuple((day, 1 + sum((day.papers or 0) >= limit for limit in limits)) for day in ascending)
    return CalendarMonth(f"{first:%B}", ascending[0].day.isoweekday(), shaded)
