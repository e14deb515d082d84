"""Which listing dates the evidence shows to be missing, or to exist against the calendar, and why.

It decides about dates only, not about papers.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from syncd.core.mailing.calendar import (
    add_missing,
    due_from,
    get_closing_odds,
    is_due,
    list_possible_closings,
    remove_missing,
    weekday_after,
)
from syncd.core.mailing.missing_odds import count_days, weigh_missing
from syncd.core.plural import pluralize
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from syncd.core.mailing.calendar import Calendar
    from syncd.core.mailing.evidence import Evidence
    from syncd.core.mailing.missing_odds import DayCounts

_ENOUGH = 5
"""Proven papers that make a listing certain enough to say something about the day beside it."""

_SOME = 4
"""Papers that make a missing date near the closings of other years more than a guess."""

_SHARE = 1 / 8
"""The share of a missing window's papers that must have the next listing's date as their datestamp.

About half of all papers are never modified, one in a hundred is revised at once, and a bulk edit modifies fewer than one in ten.
"""

_UNUSUAL = log(1 / 350)
"""The odds of a closing on a date far from those of other years: 5 of 1,750 mailings were deferred without a holiday."""

_CLEAR = 8.0
"""How much likelier the datestamps of a missing date must be, as a logarithm, on a date far from other closings."""

_CERTAIN = log(20)
"""The odds from which on a date is taken for missing. Below the inverse it is taken for existing."""


@dataclass(frozen=True, slots=True)
class LearnedDate:
    """A date on which the evidence contradicts the calendar: whether a listing `exists`, and the evidence in words."""

    day: date
    exists: bool
    why: str


@dataclass(frozen=True, slots=True)
class LearnedClosings:
    """The dates learned, ascending, the calendar corrected by them, and the missing days (ordinals) that a proof may use.

    `doubtful` are the possible closings of years without a published list of which nothing shows whether they have a mailing.
    In `likeliest` those of them are missing that rather have none.
    """

    learned: tuple[LearnedDate, ...]
    calendar: Calendar
    confirmed: frozenset[int]
    doubtful: frozenset[date]
    likeliest: Calendar


def learn_closings(evidence: Evidence, calendar: Calendar) -> LearnedClosings:
    """Return what the evidence shows about listing dates.

    A day that the calendar calls missing exists when papers are proven on it. A day on which nothing is proven is missing when
    the listings before and after it have five proven papers each, unless the papers submitted for it show that it existed and
    that they were modified since. Of several such days in a row each needs five papers of its own that have the date of the
    listing after them. Fewer papers are enough where their datestamps make it likely (`missing_odds`), and near the closings
    of other years where no list is published.

    Confirmed are the missing days that were seen upstream, and the published ones that the evidence shows as well. A day that
    was only published, or only learned, leaves room for a mailing of which every paper was modified since.
    """
    counts = count_days(evidence)
    existing = tuple(_find_existing(counts, calendar))
    believed = remove_missing(calendar, (entry.day for entry in existing))
    missing = tuple(_find_missing(counts, believed))
    corrected = add_missing(believed, {entry.day: entry.why for entry in missing})
    possible = _list_possible(counts, corrected)
    weights = _weigh_silent(counts, corrected, possible)
    likely = tuple(_find_likely(counts, weights, corrected))
    corrected = add_missing(corrected, {entry.day: entry.why for entry in likely})
    doubtful = {day: weight for day, weight in weights.items() if day in possible and abs(weight) <= _CERTAIN}
    return LearnedClosings(
        tuple(sorted((*existing, *missing, *likely), key=lambda entry: entry.day)),
        corrected,
        _confirm(counts, believed),
        frozenset(doubtful),
        add_missing(corrected, {day: "a possible closing" for day, weight in doubtful.items() if weight > 0}),
    )


def _confirm(counts: DayCounts, calendar: Calendar) -> frozenset[int]:
    observed = {day for day, absence in calendar.missing.items() if absence.observed}
    published = {day for day, absence in calendar.missing.items() if absence.published} - observed
    shown = {entry.day for entry in _find_missing(counts, remove_missing(calendar, published))}
    return frozenset(day.toordinal() for day in observed | published & shown)


def _find_existing(counts: DayCounts, calendar: Calendar) -> Iterator[LearnedDate]:
    for day, absence in calendar.missing.items():
        proven = counts.proven[day.toordinal()]
        if proven >= (_ENOUGH if absence.observed else 1):
            yield LearnedDate(
                day, exists=True, why=f"{pluralize(proven, 'paper')} proven on it, against: {absence.why}"
            )


def _find_missing(counts: DayCounts, calendar: Calendar) -> Iterator[LearnedDate]:
    strong = _list_proven(counts, calendar)
    for before, after in pairwise(strong):
        if min(counts.proven[before], counts.proven[after]) < _ENOUGH:
            continue
        between = _list_due_between(before, after, calendar)
        if _are_missing(between, after, counts) and all(_stands_out(counts, day, strong) for day in between):
            for day in between:
                yield LearnedDate(date.fromordinal(day), exists=False, why=_explain(day, (before, after), counts))


def _list_proven(counts: DayCounts, calendar: Calendar) -> list[int]:
    """Return the listing dates that have proven papers, as ordinals."""
    return [day for day in sorted(counts.proven) if is_due(date.fromordinal(day), calendar)]


def _list_possible(counts: DayCounts, calendar: Calendar) -> Container[date]:
    """Return the dates without a proven paper that may be closings of a year without a published list."""
    silent = [date.fromordinal(day) for day in counts.in_time if not counts.proven[day]]
    return list_possible_closings(calendar, min(silent), max(silent)) if silent else ()


def _weigh_silent(counts: DayCounts, calendar: Calendar, possible: Container[date]) -> dict[date, float]:
    """Return the odds that a listing date without a proven paper is missing, as logarithms, ascending by date.

    A few papers show nothing, and near other closings they leave a doubt. Neither do those before the first listing with proven
    papers: they can be held papers of it.
    """
    listings = _list_proven(counts, calendar)
    weights = {}
    for ordinal in sorted(counts.in_time):
        day = date.fromordinal(ordinal)
        if counts.proven[ordinal] or not is_due(day, calendar):
            continue
        is_within = bool(listings) and listings[0] < ordinal
        weight = (weigh_missing(counts, ordinal, listings) or 0.0) if is_within else 0.0
        waited = _count_waited(counts, ordinal, listings) if is_within else 0
        if day in possible:
            weight += get_closing_odds(day)
            weights[day] = weight if waited >= _SOME else min(weight, _CERTAIN)
        elif waited >= _ENOUGH:
            weights[day] = weight + _UNUSUAL
    return weights


def _count_waited(counts: DayCounts, day: int, listings: Sequence[int]) -> int:
    """Return how many papers of a date have the date of the next listing with proven papers."""
    after = bisect_right(listings, day)
    return counts.waited[day, listings[after]] if after < len(listings) else 0


def _find_likely(counts: DayCounts, weights: Mapping[date, float], calendar: Calendar) -> Iterator[LearnedDate]:
    listings = _list_proven(counts, calendar)
    for day, weight in weights.items():
        if weight > _CERTAIN:
            after = listings[bisect_right(listings, day.toordinal())]
            waited = _count_waited(counts, day.toordinal(), listings)
            why = (
                f"of {pluralize(counts.in_time[day.toordinal()], 'paper')} of its window none has its date as datestamp, while "
                f"{waited} {'was' if waited == 1 else 'were'} last modified on {date.fromordinal(after)}, the next mailing"
            )
            yield LearnedDate(day, exists=False, why=why)


def _list_due_between(before: int, after: int, calendar: Calendar) -> list[int]:
    inside = []
    day = due_from(weekday_after(date.fromordinal(before)), calendar)
    while day.toordinal() < after:
        inside.append(day.toordinal())
        day = due_from(weekday_after(day), calendar)
    return inside


def _are_missing(between: Sequence[int], after: int, counts: DayCounts) -> bool:
    """Return whether enough papers of these windows were announced on the day `after`.

    Without this test, a day of which every paper was modified since would look like a missing one.
    """
    least = 1 if len(between) == 1 else _ENOUGH
    return bool(between) and all(
        counts.waited[day, after] >= max(least, counts.in_time[day] * _SHARE) for day in between
    )


def _stands_out(counts: DayCounts, day: int, listings: Sequence[int]) -> bool:
    """Return whether neither revisions nor edits explain the datestamps of a date, as far as the days around it show."""
    weight = weigh_missing(counts, day, listings)
    return weight is None or weight > _CLEAR


def _explain(day: int, beside: tuple[int, int], counts: DayCounts) -> str:
    before, after = (f"{date.fromordinal(other)} has {counts.proven[other]}" for other in beside)
    waited = counts.waited[day, beside[1]]
    return (
        f"no paper is proven on it, while {before} and {after}; "
        f"{pluralize(waited, 'paper')} of its window last modified on {date.fromordinal(beside[1])}"
    )
