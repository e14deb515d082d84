"""The calendar of the pages: years of months of dates, each with its kind and the shade of its number of papers."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from syncd.core.model import State
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.report.html.page_links import Links

HOLIDAY, WEEKEND = "holiday", "weekend"
KINDS: dict[str, str] = {
    State.COMPLETE: "its listing was seen and kept",
    State.RECONSTRUCTED: "made from bulk metadata, with the reason for the date of each paper",
    State.ADOPTED: "taken over from a file that existed",
    State.PARTIAL: "papers are known to be missing",
    State.FAILED: "a page was refused, and nothing was written",
    State.CONFLICT: "file and database were both changed: a person must choose",
    State.PENDING: "announced or due, and not fetched yet",
    HOLIDAY: "a weekday without a mailing: a holiday or a closing",
    WEEKEND: "Saturday and Sunday have no listing",
    State.FUTURE: "not announced yet",
}
"""The kinds of a date, which are the states of which `no-mailing` is two kinds, and what they mean."""


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A date of the calendar: `kind` is one of `KINDS`, `shade` from 1 to 4 the quarter of its number of papers in its year."""

    report: DayReport
    kind: str
    shade: int


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """A month of the calendar: `days` are its dates, and the first stands in the column `column` (1 is Monday)."""

    first: date
    column: int
    days: tuple[ShownDay, ...]

    @property
    def name(self) -> str:
        """The name of the month, without the year."""
        return f"{self.first:%B}"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """A year of the calendar, newest month first, and how much it holds."""

    year: int
    mailings: int
    papers: int
    months: tuple[CalendarMonth, ...]


def name_kind(day: DayReport) -> str:
    """Return the kind of a date."""
    if day.state is not State.NO_MAILING or day.papers is not None:
        return day.state
    return WEEKEND if day.day.isoweekday() > 5 else HOLIDAY


def list_kinds(days: Sequence[DayReport]) -> list[tuple[str, str, int]]:
    """Return the kinds that dates have, with their meaning and the number of dates."""
    counts = Counter(map(name_kind, days))
    return [(kind, words, counts[kind]) for kind, words in KINDS.items() if counts[kind]]


def list_years(days: Sequence[DayReport]) -> Iterator[CalendarYear]:
    """Yield the years, newest first. A shade is the quarter of the mailings of a year that a number of papers is in."""
    for year, group in groupby(reversed(days), key=lambda one: one.day.year):
        its = list(group)
        counts = sorted(day.papers for day in its if day.papers)
        limits = [counts[len(counts) * part // 4] for part in (1, 2, 3)] if counts else []
        months = tuple(_make_month(first, list(of_month), limits) for first, of_month in groupby(its, key=_name_month))
        held = [day.papers for day in its if day.papers is not None]
        yield CalendarYear(year, len(held), sum(held), months)


def _name_month(one: DayReport) -> date:
    return one.day.replace(day=1)


def _make_month(first: date, days: Sequence[DayReport], limits: Sequence[int]) -> CalendarMonth:
    shaded = tuple(
        ShownDay(day, name_kind(day), 1 + sum((day.papers or 0) >= limit for limit in limits)) for day in reversed(days)
    )
    return CalendarMonth(first, shaded[0].report.day.isoweekday(), shaded)


def explain_days(month: CalendarMonth, links: Links) -> Markup:
    """Return the dates of a month as HTML that says on demand how the state of each is known.

    A report has thousands of dates. A template takes five times as long for each.
    """
    columns = [f"c{month.column}", *[""] * (len(month.days) - 1)]
    drawn = "".join(_explain_day(day, column, links) for day, column in zip(month.days, columns, strict=True))
    return Markup(drawn)  # noqa: S704  it is made of names of states, numbers, dates and escaped texts


def _explain_day(day: ShownDay, column: str, links: Links) -> str:
    one = day.report
    if day.kind in {WEEKEND, State.FUTURE}:
        return f'<span class="s-{day.kind}{f" {column}" if column else ""}">{one.day.day}</span>'
    place = f' class="{column}"' if column else ""
    shade = "" if one.papers is None else f" d{day.shade}"
    papers = "" if one.papers is None else f", {pluralize(one.papers, 'paper')}"
    sections = "" if one.papers is None or one.new is None else f": {one.new} new, {one.cross} cross-listed"
    link = "" if day.kind == HOLIDAY else f' <a href="{escape(links.day(one.day))}">{escape(links.target)}</a>'
    return (
        f'<details name="day"{place}><summary class="s-{day.kind}{shade}"><span class="unseen">{day.kind} </span>'
        f"{one.day.day}</summary><p><b>{one.day:%a} {one.day}</b> {day.kind}{papers}{sections}. "
        f"{escape(printable(one.evidence))}{link}</p></details>"
    )
