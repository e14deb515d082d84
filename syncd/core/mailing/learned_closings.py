"""Which listing dates the evidence shows to be missing, or to exist against the calendar, and why.

It decides about dates only, not about papers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.mailing.calendar import add_missing, due_from, is_due, remove_missing, weekday_after

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.core.mailing.calendar import Calendar
    from syncd.core.mailing.evidence import Evidence

_ENOUGH = 5
"""Proven papers that make a listing certain enough to say something about the day beside it."""

_SHARE = 1 / 8
"""The share of a missing window's papers that must have the next listing's date as their datestamp.

About half of all papers are never modified, one in a hundred is revised at once, and a bulk edit modifies fewer than one in ten.
"""


@dataclass(frozen=True, slots=True)
class LearnedDate:
    """A date on which the evidence contradicts the calendar: whether a listing `exists`, and the evidence in words."""

    day: date
    exists: bool
    why: str


@dataclass(frozen=True, slots=True)
class LearnedClosings:
    """The dates learned, ascending, the calendar corrected by them, and the missing days (ordinals) that a proof may use."""

    learned: tuple[LearnedDate, ...]
    calendar: Calendar
    confirmed: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Numbers of papers by the ordinal of a weekday.

    `proven` are those proven on it, `in_time` those submitted for it and not held. `waited` are by two weekdays: submitted for
    the first, last modified on the second.
    """

    proven: Counter[int]
    in_time: Counter[int]
    waited: Counter[tuple[int, int]]


def learn_closings(evidence: Evidence, calendar: Calendar) -> LearnedClosings:
    """Return what the evidence shows about listing dates.

    A day that the calendar calls missing exists when papers are proven on it. A day on which nothing is proven is missing when
    the listings before and after it have five proven papers each, unless the papers submitted for it show that it existed and
    that they were modified since. Of several such days in a row each needs five papers of its own that have the date of the
    listing after them. Years before the calendar's first show nothing, because their windows closed at another hour.

    Confirmed are the missing days that were seen upstream, and the published ones that the evidence shows as well. A day that
    was only published, or only learned, leaves room for a mailing of which every paper was modified since.
    """
    counts = _count(evidence)
    existing = tuple(_find_existing(counts, calendar))
    believed = remove_missing(calendar, (entry.day for entry in existing))
    missing = tuple(_find_missing(counts, believed))
    return LearnedClosings(
        tuple(sorted((*existing, *missing), key=lambda entry: entry.day)),
        add_missing(believed, {entry.day: entry.why for entry in missing}),
        _confirm(counts, believed),
    )


def _confirm(counts: _Counts, calendar: Calendar) -> frozenset[int]:
    observed = {day for day, absence in calendar.missing.items() if absence.observed}
    published = {day for day, absence in calendar.missing.items() if absence.published} - observed
    shown = {entry.day for entry in _find_missing(counts, remove_missing(calendar, published))}
    return frozenset(day.toordinal() for day in observed | published & shown)


def _count(evidence: Evidence) -> _Counts:
    columns = slice(evidence.old)
    listed, low = evidence.listed[columns], evidence.low[columns]
    own = Counter(zip(listed, evidence.modified[columns], low, strict=True))
    fresh = {(submitted, modified): n for (submitted, modified, reached), n in own.items() if submitted == reached}
    total: Counter[int] = Counter()
    for (submitted, _), n in fresh.items():
        total[submitted] += n
    proven = Counter(day for day, high in zip(low, evidence.high[columns], strict=True) if day == high)
    return _Counts(proven, total, Counter(fresh))


def _find_existing(counts: _Counts, calendar: Calendar) -> Iterator[LearnedDate]:
    for day, absence in calendar.missing.items():
        proven = counts.proven[day.toordinal()]
        if proven >= (_ENOUGH if absence.observed else 1):
            yield LearnedDate(day, exists=True, why=f"{_count_papers(proven)} proven on it, against: {absence.why}")


def _find_missing(counts: _Counts, calendar: Calendar) -> Iterator[LearnedDate]:
    earliest = date(min(calendar.years, default=1), 1, 1).toordinal()
    # Ordinals of the listing dates that have proven papers.
    strong = [day for day in sorted(counts.proven) if day >= earliest and is_due(date.fromordinal(day), calendar)]
    for before, after in pairwise(strong):
        if min(counts.proven[before], counts.proven[after]) < _ENOUGH:
            continue
        between = _list_due_between(before, after, calendar)
        if _are_missing(between, after, counts):
            for day in between:
                yield LearnedDate(date.fromordinal(day), exists=False, why=_explain(day, (before, after), counts))


def _list_due_between(before: int, after: int, calendar: Calendar) -> list[int]:
    inside = []
    day = due_from(weekday_after(date.fromordinal(before)), calendar)
    while day.toordinal() < after:
        inside.append(day.toordinal())
        day = due_from(weekday_after(day), calendar)
    return inside


def _are_missing(between: Sequence[int], after: int, counts: _Counts) -> bool:
    """Return whether enough papers of these windows were announced on the day `after`.

    Without this test, a day of which every paper was modified since would look like a missing one.
    """
    least = 0 if len(between) == 1 else _ENOUGH
    return bool(between) and all(
        counts.waited[day, after] >= max(least, counts.in_time[day] * _SHARE) for day in between
    )


def _explain(day: int, beside: tuple[int, int], counts: _Counts) -> str:
    before, after = (f"{date.fromordinal(other)} has {counts.proven[other]}" for other in beside)
    waited = counts.waited[day, beside[1]]
    return (
        f"no paper is proven on it, while {before} and {after}; "
        f"{_count_papers(waited)} of its window last modified on {date.fromordinal(beside[1])}"
    )


def _count_papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count} papers"
