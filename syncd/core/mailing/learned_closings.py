"""Which listing dates the evidence shows to be missing, or to exist against the calendar, and why.

It judges dates only; no paper is placed here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.mailing.calendar import due_from, is_due, weekday_after, with_learnt, without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.core.mailing.calendar import Calendar
    from syncd.core.mailing.evidence import Evidence

_ENOUGH = 5
"""Proven papers that make a listing's existence certain enough to judge the day beside it."""

_SHARE = 1 / 8
"""The part of a missing window's papers that must carry the next listing's date. About half of all papers are never touched;
one in a hundred is revised at once, and a bulk edit touches fewer than one in ten."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A date on which the evidence overrules the calendar: whether a listing `exists`, and the evidence in words."""

    day: date
    exists: bool
    why: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """What was learnt, ascending; the calendar corrected by it; and its missing days (ordinals) on which a proof may lean."""

    learnt: tuple[Learnt, ...]
    calendar: Calendar
    confirmed: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Counts:
    """By ordinal of a weekday: papers proven on it, and in time for it; by pair: in time for one, last modified on the other."""

    proven: Counter[int]
    in_time: Counter[int]
    waited: Counter[tuple[int, int]]


def learn(evidence: Evidence, calendar: Calendar) -> Lessons:
    """What the evidence teaches about dates.

    A day that the calendar denies exists when papers are proven on it. A day on which nothing is proven does not exist when
    the listings before and after it have five proven papers each, unless the papers submitted for it show that it was there
    and has been touched since. Of several such days in a row each needs five papers of its own that carry the date of the
    listing after them. Years before the calendar's first teach nothing, for their windows closed at another hour.

    Confirmed are the missing days that were seen upstream, and the published ones that the evidence shows as well. A day that
    was only published, or only learnt, leaves room for a mailing of which every paper was touched since.
    """
    counts = _count(evidence)
    present = tuple(_present(counts, calendar))
    believed = without(calendar, (entry.day for entry in present))
    absent = tuple(_absent(counts, believed))
    return Lessons(
        tuple(sorted((*present, *absent), key=lambda entry: entry.day)),
        with_learnt(believed, {entry.day: entry.why for entry in absent}),
        _confirmed(counts, believed),
    )


def _confirmed(counts: _Counts, calendar: Calendar) -> frozenset[int]:
    observed = {day for day, absence in calendar.missing.items() if absence.observed}
    published = {day for day, absence in calendar.missing.items() if absence.published} - observed
    shown = {entry.day for entry in _absent(counts, without(calendar, published))}
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


def _present(counts: _Counts, calendar: Calendar) -> Iterator[Learnt]:
    for day, absence in calendar.missing.items():
        proven = counts.proven[day.toordinal()]
        if proven >= (_ENOUGH if absence.observed else 1):
            yield Learnt(day, exists=True, why=f"{_papers(proven)} proven on it, against: {absence.why}")


def _absent(counts: _Counts, calendar: Calendar) -> Iterator[Learnt]:
    earliest = date(min(calendar.years, default=1), 1, 1).toordinal()
    strong = [day for day in sorted(counts.proven) if day >= earliest and is_due(date.fromordinal(day), calendar)]
    for before, after in pairwise(strong):
        if min(counts.proven[before], counts.proven[after]) < _ENOUGH:
            continue
        between = _due_inside(before, after, calendar)
        if _are_missing(between, after, counts):
            for day in between:
                yield Learnt(date.fromordinal(day), exists=False, why=_why(day, (before, after), counts))


def _due_inside(before: int, after: int, calendar: Calendar) -> list[int]:
    inside = []
    day = due_from(weekday_after(date.fromordinal(before)), calendar)
    while day.toordinal() < after:
        inside.append(day.toordinal())
        day = due_from(weekday_after(day), calendar)
    return inside


def _are_missing(between: Sequence[int], after: int, counts: _Counts) -> bool:
    """Whether the papers of these windows were announced later, for a day on which every paper was touched since looks alike."""
    least = 0 if len(between) == 1 else _ENOUGH
    return bool(between) and all(
        counts.waited[day, after] >= max(least, counts.in_time[day] * _SHARE) for day in between
    )


def _why(day: int, beside: tuple[int, int], counts: _Counts) -> str:
    before, after = (f"{date.fromordinal(other)} has {counts.proven[other]}" for other in beside)
    waited = counts.waited[day, beside[1]]
    return (
        f"no paper is proven on it, while {before} and {after}; "
        f"{_papers(waited)} of its window last modified on {date.fromordinal(beside[1])}"
    )


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count} papers"
