"""arXiv's announcement calendar: which weekday listings do not exist, and how that is known.

It knows dates only, no clock and no papers: moments are the matter of `windows`, evidence in ids that of `placing`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Absence:
    """A weekday without a listing; `why` is its evidence in words.

    `published` where arXiv's list has it, `observed` where the absence itself was seen; neither where it was inferred.
    """

    why: str
    published: bool = False
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """The weekday listing dates known not to exist, and by year what was published about them."""

    missing: Mapping[date, Absence]
    years: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What the calendar says of one date: whether a listing is dated so, and why (with the source)."""

    day: date
    due: bool
    why: str


@cache
def calendar() -> Calendar:
    """The packaged calendar; a year without a published list knows weekends and what was observed, no more."""
    table = tomllib.loads(files(__package__).joinpath("no_mailing.toml").read_text(encoding="utf-8"))
    years = {int(year): source for year, source in table["years"].items()}
    missing = dict(_absence(row, years[int(year)]) for year, rows in table["evenings"].items() for row in rows)
    return Calendar(MappingProxyType(missing), MappingProxyType(years))


def with_learnt(calendar: Calendar, learnt: Mapping[date, str], *, observed: bool = False) -> Calendar:
    """The calendar with further dates, each with its evidence in words; a date it denies already keeps its own.

    `observed` says that upstream itself showed the absence: then a proof may lean on it. Dates on a weekend add nothing and
    are left out. The given calendar stays as it is.
    """
    new = {day: Absence(why, observed=observed) for day, why in learnt.items() if is_weekday(day)}
    return replace(calendar, missing=MappingProxyType(new | dict(calendar.missing)))


def without(calendar: Calendar, days: Iterable[date]) -> Calendar:
    """The calendar that no longer denies `days`: a listing of theirs did appear."""
    seen = frozenset(days)
    return replace(
        calendar, missing=MappingProxyType({day: why for day, why in calendar.missing.items() if day not in seen})
    )


def is_weekday(day: date) -> bool:
    """A date on which a listing can stand, holidays aside: Monday to Friday."""
    return day.weekday() < 5


def is_due(day: date, calendar: Calendar) -> bool:
    """A listing of this date exists as far as the calendar knows."""
    return is_weekday(day) and day not in calendar.missing


def weekday_after(day: date) -> date:
    """The first Monday-to-Friday date after `day`."""
    return day + timedelta(days=(1, 1, 1, 1, 3, 2, 1)[day.weekday()])


def weekday_before(day: date) -> date:
    """The last Monday-to-Friday date before `day`."""
    return day - timedelta(days=(3, 1, 1, 1, 1, 1, 2)[day.weekday()])


def due_from(day: date, calendar: Calendar) -> date:
    """`day` itself when a listing is dated so, else the next date that has one."""
    while not is_due(day, calendar):
        day = weekday_after(day)
    return day


def due_until(day: date, calendar: Calendar) -> date:
    """`day` itself when a listing is dated so, else the last date before it that has one."""
    while not is_due(day, calendar):
        day = weekday_before(day)
    return day


def days(calendar: Calendar, since: date, until: date) -> Iterator[CalendarDay]:
    """Every calendar date from `since` to `until`, both included, ascending; nothing when `until` is earlier."""
    for ordinal in range(since.toordinal(), until.toordinal() + 1):
        day = date.fromordinal(ordinal)
        yield CalendarDay(day, is_due(day, calendar), _why(day, calendar))


def due_between(calendar: Calendar, since: date, until: date) -> Iterator[date]:
    """The listing dates from `since` to `until`, both included, ascending."""
    return (entry.day for entry in days(calendar, since, until) if entry.due)


def _absence(row: Mapping[str, Any], source: str) -> tuple[date, Absence]:
    evening: date = row["date"]
    seen = "observed" if row["observed"] else "not observed"
    why = f"{row['why']}: nothing announced on the evening of {evening} ({source}, {seen})"
    # A Friday stands for the Sunday after it: either way it is the next weekday's listing that does not exist.
    return weekday_after(evening), Absence(why, published=True, observed=row["observed"])


def _why(day: date, calendar: Calendar) -> str:
    if not is_weekday(day):
        return "weekend"
    absence = calendar.missing.get(day)
    if absence is not None:
        return absence.why
    source = calendar.years.get(day.year, f"nothing known of {day.year}'s holidays")
    return f"listing day ({source})"
