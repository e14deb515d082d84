"""The first page: health in one line, the newest mailing, and a calendar with a link on every date."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.model import State
from syncd.core.plural import pluralize
from syncd.core.troubles import is_well
from syncd.report.json_fields import of_status
from syncd.serve.pages.feed_view import describe_counts
from syncd.serve.visit import Form
from syncd.usecases.inspect.status import status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.core.results import Status
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_TITLES = 6
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


def show_home(visit: Visit) -> Document:
    """Return the page, or the coverage as `syncd status --json` prints it."""
    work = visit.work
    found = status(work)
    if visit.form is Form.JSON:
        return visit.json("status", of_status(found))
    newest = work.store.mailing(found.newest) if found.newest else None
    digest = work.store.digest(found.newest) if found.newest else None
    kinds = [(state, words) for state, words in STATES.items() if any(day.state is state for day in found.days)]
    return visit.html(
        "home.html",
        is_well=is_well(found.troubles),
        health=describe_health(found),
        newest=newest,
        counts=describe_counts(newest) if newest else "",
        titles=[(one.id, one.title) for one in digest.entries[:_TITLES]] if digest else [],
        years=list(_list_years(found.days)),
        states=kinds,
    )


def describe_health(found: Status) -> str:
    """Return in one line whether something is behind, missing or in trouble."""
    troubled = sum(day.state in {State.CONFLICT, State.FAILED, State.PARTIAL} for day in found.days)
    parts = [
        f"newest mailing {found.newest}" if found.newest else "no mailing is held yet",
        f"{pluralize(found.lag, 'mailing')} behind" if found.lag else "up to date",
        f"{pluralize(len(found.gaps), 'date')} missing" if found.gaps else "none missing",
    ]
    parts += [f"{pluralize(troubled, 'date')} in trouble"] if troubled else []
    return ", ".join(parts)


def _list_years(days: Sequence[DayReport]) -> Iterator[CalendarYear]:
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
