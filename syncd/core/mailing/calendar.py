"""arXiv's announcement calendar: which weekday listings do not exist, and how that is known.

It knows dates only, no clock and no papers. Moments belong to `windows`, the evidence in ids to `date_inference`.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from math import log
from pkgutil import get_data
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SOURCE = "arXiv's published holiday table"


@dataclass(frozen=True, slots=True)
class Absence:
    """A weekday without a listing. `why` is its evidence in words.

    `published` is True where arXiv's list has it, `observed` where the absence itself was seen. Both are False where it was
    inferred.
    """

    why: str
    published: bool = False
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """The weekdays known to have no listing, and the source about them by year.

    `covered` are the first and the last evening (New York) of the published table. Of other evenings nothing is known.
    """

    missing: Mapping[date, Absence]
    years: Mapping[int, str]
    covered: tuple[date, date]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What the calendar says of one date: whether a listing is `due` on it, and why, with the source.

    `unlisted_year` is the year whose closings are not published where the date could be one of them, None elsewhere.
    """

    day: date
    due: bool
    why: str
    unlisted_year: int | None = None


@cache
def calendar() -> Calendar:
    """Return the packaged calendar: arXiv's published holiday table. Beyond it, only weekends are known."""
    table = _read_table()
    years = {int(year): source for year, source in table["years"].items()}
    missing = dict(_read_absence(row) for rows in table["evenings"].values() for row in rows)
    return Calendar(MappingProxyType(missing), MappingProxyType(years), (table["first"], table["last"]))


@cache
def _read_table() -> Mapping[str, Any]:
    # `importlib.resources` would do the same, and takes a third of the time of a bare Python to be imported.
    return tomllib.loads((get_data(__package__, "no_mailing.toml") or b"").decode())


def add_missing(calendar: Calendar, missing: Mapping[date, str], *, observed: bool = False) -> Calendar:
    """Return a calendar in which these dates have no listing, each with its evidence in words.

    A date that has none already keeps its own evidence. `observed` says that upstream itself showed the absence, so that a
    proof may use it. Dates on a weekend add nothing and are left out.
    """
    new = {day: Absence(why, observed=observed) for day, why in missing.items() if is_weekday(day)}
    return replace(calendar, missing=MappingProxyType(new | dict(calendar.missing)))


def add_closings(calendar: Calendar, evenings: Iterable[date]) -> Calendar:
    """Return a calendar in which nothing is announced on these evenings (New York), as the user read in arXiv's list.

    A Friday stands for the Sunday after it. A closing that the packaged table has keeps its evidence.
    """
    new = {
        weekday_after(evening): Absence(
            f"nothing announced on the evening of {evening} (the configuration's list)", published=True
        )
        for evening in evenings
    }
    return replace(calendar, missing=MappingProxyType(new | dict(calendar.missing)))


def remove_missing(calendar: Calendar, days: Iterable[date]) -> Calendar:
    """Return a calendar in which `days` are listing dates again, because a listing of theirs did appear."""
    listed = frozenset(days)
    missing = {day: why for day, why in calendar.missing.items() if day not in listed}
    return replace(calendar, missing=MappingProxyType(missing))


def is_weekday(day: date) -> bool:
    """Return whether a date is from Monday to Friday, so that it can have a listing unless it is a holiday."""
    return day.weekday() < 5


def is_covered(day: date, calendar: Calendar) -> bool:
    """Return whether arXiv's published table covers the evening on which a listing of this date would be announced."""
    first, last = calendar.covered
    return first < day and weekday_before(day) <= last


def find_unlisted_year(day: date, calendar: Calendar) -> int | None:
    """Return the year whose closings would have to be published to know whether a listing of this date exists, else None."""
    if not is_due(day, calendar) or is_covered(day, calendar):
        return None
    # A list of closings has the evening before the listing, which can lie in the year before.
    return weekday_before(day).year if day > date.min else day.year


def list_possible_closings(calendar: Calendar, since: date, until: date) -> Mapping[date, int]:
    """Return the listing dates of unlisted years that a closing may cancel, each with the longest row of closings it can end.

    These are the dates within three days of the time of the year at which the published table has a planned closing. It has
    two in a row around the turn of the year only, and never three.
    """
    single, second = _seasons()
    unlisted = (entry.day for entry in days(calendar, since, until) if entry.unlisted_year is not None)
    evenings = {day: (weekday_before(day).month, weekday_before(day).day) for day in unlisted}
    return {day: 2 if evening in second else 1 for day, evening in evenings.items() if evening in single}


@cache
def get_closing_odds(day: date) -> float:
    """Return the odds that a listing date is missing, by the planned closings of the published years alone, as a logarithm.

    A closing of another year counts on the same date, or on the same weekday of the same week in the month. However often it
    came back, that is a guess: it never makes a closing certain.
    """
    evening, planned = weekday_before(day), _list_planned()
    same = {other.year for other in planned if (other.month, other.day) == (evening.month, evening.day)}
    alike = {other.year for other in planned if _name_place(other) == _name_place(evening)}
    beside = any(_is_beside(evening, other) for other in planned)
    years, found = len(_read_table()["years"]), max(len(same), len(alike))
    return log(min((found + 0.25) / (years - found + 0.25), 3)) if found else -log(12 if beside else 40)


def _name_place(day: date) -> tuple[int, int, int]:
    return day.month, (day.day - 1) // 7, day.weekday()


def _is_beside(one: date, other: date) -> bool:
    return (one.month, one.day) in {(near.month, near.day) for near in _list_near(other, 1)}


@cache
def _seasons() -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
    """Return the months and days near planned closings, and near those that follow another one."""
    planned = frozenset(_list_planned())
    single, second = (
        frozenset((near.month, near.day) for evening in evenings for near in _list_near(evening))
        for evenings in (planned, {evening for evening in planned if weekday_before(evening) in planned})
    )
    return single, second


def _list_planned() -> list[date]:
    table = _read_table()
    return [row["date"] for rows in table["evenings"].values() for row in rows if row["why"] not in table["unplanned"]]


def _list_near(day: date, most: int = 3) -> list[date]:
    return [day + timedelta(days=apart) for apart in range(-most, most + 1)]


def is_due(day: date, calendar: Calendar) -> bool:
    """Return whether a listing of this date exists as far as the calendar knows."""
    return is_weekday(day) and day not in calendar.missing


def weekday_after(day: date) -> date:
    """Return the first date from Monday to Friday after `day`."""
    return day + timedelta(days=(1, 1, 1, 1, 3, 2, 1)[day.weekday()])


def weekday_before(day: date) -> date:
    """Return the last date from Monday to Friday before `day`."""
    return day - timedelta(days=(3, 1, 1, 1, 1, 1, 2)[day.weekday()])


def due_from(day: date, calendar: Calendar) -> date:
    """Return `day` itself when it has a listing, else the next date that has one."""
    while not is_due(day, calendar):
        day = weekday_after(day)
    return day


def find_next_listing(day: date, calendar: Calendar) -> date:
    """Return the first listing date after `day`."""
    return due_from(weekday_after(day), calendar)


def find_previous_listing(day: date, calendar: Calendar) -> date:
    """Return the last listing date before `day`."""
    return due_until(weekday_before(day), calendar)


def due_until(day: date, calendar: Calendar) -> date:
    """Return `day` itself when it has a listing, else the last date before it that has one."""
    while not is_due(day, calendar):
        day = weekday_before(day)
    return day


def days(calendar: Calendar, since: date, until: date) -> Iterator[CalendarDay]:
    """Yield every date from `since` to `until`, both included, ascending. Nothing is yielded when `until` is earlier."""
    for ordinal in range(since.toordinal(), until.toordinal() + 1):
        day = date.fromordinal(ordinal)
        is_listed = is_due(day, calendar)
        unlisted = find_unlisted_year(day, calendar) if is_listed else None
        yield CalendarDay(day, is_listed, _explain(day, calendar, unlisted), unlisted)


def due_between(calendar: Calendar, since: date, until: date) -> Iterator[date]:
    """Yield the listing dates from `since` to `until`, both included, ascending."""
    every = map(date.fromordinal, range(since.toordinal(), until.toordinal() + 1))
    return (day for day in every if is_due(day, calendar))


def _read_absence(row: Mapping[str, Any]) -> tuple[date, Absence]:
    evening: date = row["date"]
    seen = "observed" if row["observed"] else "not observed"
    why = f"{row['why']}: nothing announced on the evening of {evening} ({_SOURCE}, {seen})"
    # A Friday in the table means the Sunday after it. Either way the listing of the next weekday does not exist.
    return weekday_after(evening), Absence(why, published=True, observed=row["observed"])


def _explain(day: date, calendar: Calendar, unlisted: int | None) -> str:
    if not is_weekday(day):
        return "weekend"
    absence = calendar.missing.get(day)
    if absence is not None:
        return absence.why
    if unlisted is None:
        return f"listing day ({calendar.years.get(day.year, _SOURCE)})"
    return f"listing day, if it is no closing (no list of closings is known for {unlisted})"
