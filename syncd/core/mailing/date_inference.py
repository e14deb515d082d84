"""On which listing date each id was announced, inferred from bulk metadata alone.

records ─► evidence.gather ─► bounds by weekdays ─► learning.learn ─► corrected calendar ─► one day for each id

A proof rests on bounds that meet, never on the calendar's choice; nothing here asks anyone or reads a paper's text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.mailing.calendar import due_from, due_until, weekday_after, weekday_before
from syncd.core.mailing.evidence import NEVER, bound, gather, month_span
from syncd.core.mailing.held_papers import released
from syncd.core.mailing.learned_closings import learn
from syncd.core.model import Placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from syncd.core.mailing.calendar import Calendar
    from syncd.core.mailing.evidence import Bound, Evidence
    from syncd.core.mailing.learned_closings import Learnt, Lessons
    from syncd.core.model import PaperId, Record


@dataclass(frozen=True, slots=True)
class Placement:
    """The listing that announced an id, between its bounds; `high` is None where no datestamp bounds it from above."""

    id: PaperId
    day: date
    low: date
    high: date | None
    placed: Placed


@dataclass(frozen=True, slots=True)
class Tally:
    """How many papers were placed, by how it is known."""

    proven: int = 0
    bounded: int = 0
    assumed: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was inferred: one placement an id, ascending by id; the dates learnt; the calendar corrected by them."""

    placements: tuple[Placement, ...]
    learnt: tuple[Learnt, ...]
    calendar: Calendar

    @property
    def total(self) -> Tally:
        """The whole survey's tally."""
        return _tally(Counter(entry.placed for entry in self.placements))

    @property
    def tallies(self) -> Mapping[date, Tally]:
        """A tally for every date that has a paper, ascending."""
        counts: dict[date, Counter[Placed]] = {}
        for entry in self.placements:
            counts.setdefault(entry.day, Counter())[entry.placed] += 1
        return {day: _tally(counts[day]) for day in sorted(counts)}


def place(records: Iterable[Record], calendar: Calendar) -> Iterator[Placement]:
    """One placement for every id of `records`, ascending by id; see `survey`."""
    yield from survey((bound(record) for record in records), calendar).placements


def survey(bounds: Iterable[Bound], calendar: Calendar) -> Survey:
    """Place every id, from the bounds of all records at hand in any order: the more, and of all categories, the better.

    Linear but for one sort. The day of a paper is the one of its first announcement, whichever category announced it; a later
    cross-list leaves no trace in metadata. `proven` needs both bounds to meet on one date, days seen to be missing left
    out; no day before the calendar's first year is proven, for the windows of then closed at another hour.
    """
    evidence = gather(bounds, calendar)
    lessons = learn(evidence, calendar)
    placements = tuple(_placements(evidence, _verdicts(evidence, lessons)))
    return Survey(placements, lessons.learnt, lessons.calendar)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one pair of bounds allows; shared by all ids between the same two."""

    day: date
    low: date
    high: date | None
    placed: Placed


def _placements(evidence: Evidence, verdicts: Sequence[_Verdict]) -> Iterator[Placement]:
    moved = released(evidence, [verdict.day for verdict in verdicts])
    for k, (paper, verdict) in enumerate(zip(evidence.ids, verdicts, strict=True)):
        day = moved.get(k, verdict.day)
        if verdict.high is not None and day > verdict.high:
            day = verdict.day
        yield Placement(paper, day, verdict.low, verdict.high, verdict.placed)


def _verdicts(evidence: Evidence, lessons: Lessons) -> list[_Verdict]:
    seen: dict[tuple[int, int, str], _Verdict] = {}
    verdicts = []
    for k, paper in enumerate(evidence.ids):
        low, high = evidence.low[k], evidence.high[k]
        if low > high:
            # The ids around are out of order here: the paper's own times are all that can be believed.
            low, high = evidence.listed[k], evidence.modified[k]
        key = low, high, paper[:4] if k < evidence.old else ""
        if key not in seen:
            seen[key] = _verdict(key, lessons)
        verdicts.append(seen[key])
    return verdicts


def _verdict(key: tuple[int, int, str], lessons: Lessons) -> _Verdict:
    low, high = _narrowed(date.fromordinal(key[0]), date.fromordinal(key[1]), lessons.confirmed)
    day = _choice(low, high, key[2], lessons.calendar)
    upper = None if key[1] == NEVER else high
    if upper is None:
        return _Verdict(day, low, upper, Placed.ASSUMED)
    meets = low == high == day and day.year >= min(lessons.calendar.years, default=1)
    return _Verdict(day, low, upper, Placed.PROVEN if meets else Placed.BOUNDED)


def _narrowed(low: date, high: date, missing: frozenset[int]) -> tuple[date, date]:
    """The bounds without the days at either end that were seen to be missing; as they are when nothing would remain."""
    first, last = low, high
    while first < last and first.toordinal() in missing:
        first = weekday_after(first)
    while first < last and last.toordinal() in missing:
        last = weekday_before(last)
    return (low, high) if first.toordinal() in missing else (first, last)


def _choice(low: date, high: date, month: str, calendar: Calendar) -> date:
    """The earliest listing that bounds and id month allow: a paper waits for the next one, or is held and an id shows it."""
    earliest = max(low, date.fromordinal(month_span(month)[0])) if month else low
    day = due_from(earliest, calendar)
    if day <= high:
        return day
    latest = due_until(high, calendar)
    return latest if latest >= low else due_from(low, calendar)


def _tally(counts: Mapping[Placed, int]) -> Tally:
    return Tally(counts.get(Placed.PROVEN, 0), counts.get(Placed.BOUNDED, 0), counts.get(Placed.ASSUMED, 0))
