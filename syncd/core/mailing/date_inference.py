"""The listing date on which each id was announced, inferred from bulk metadata alone.

records ─► evidence.gather ─► bounds by weekdays ─► learn_closings ─► corrected calendar ─► one date for each id

A proof rests on bounds that meet, never on a choice of the calendar. Nothing here makes a request or reads a paper's text.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.mailing.calendar import due_from, due_until, weekday_after, weekday_before
from syncd.core.mailing.evidence import NEVER, gather, month_span
from syncd.core.mailing.held_papers import find_released
from syncd.core.mailing.learned_closings import learn_closings
from syncd.core.model import Certainty
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.core.mailing.calendar import Calendar
    from syncd.core.mailing.evidence import Bound, Evidence
    from syncd.core.mailing.learned_closings import LearnedClosings, LearnedDate
    from syncd.core.model import PaperId


@dataclass(frozen=True, slots=True)
class InferredDate:
    """The listing date of an id, between its bounds. `high` is None where no datestamp bounds it from above.

    `reason` is the code (`syncd.core.reasons`) of why this date was chosen, None where it is proven.
    """

    id: PaperId
    day: date
    low: date
    high: date | None
    certainty: Certainty
    reason: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many papers there are of each certainty."""

    proven: int = 0
    bounded: int = 0
    assumed: int = 0


@dataclass(frozen=True, slots=True)
class DateInference:
    """All that was inferred: one date for each id, ascending by id, the dates learned, and the calendar corrected by them.

    `doubtful` are dates of years without a published list near the closings of other years, where nothing shows whether there
    was a mailing. Their papers have the likelier date.
    """

    dates: tuple[InferredDate, ...]
    learned: tuple[LearnedDate, ...]
    calendar: Calendar
    doubtful: frozenset[date] = frozenset()

    @property
    def total(self) -> Tally:
        """Return how many papers there are of each certainty."""
        counts = Counter(entry.certainty for entry in self.dates)
        return Tally(counts[Certainty.PROVEN], counts[Certainty.BOUNDED], counts[Certainty.ASSUMED])


def infer_dates(bounds: Iterable[Bound], calendar: Calendar) -> DateInference:
    """Infer the date of every id from the bounds of all records at hand, in any order.

    The more records, and of all categories, the better. Takes linear time, but for one sort. The date of a paper is that of its
    first announcement, in whichever category. A later cross-list leaves no trace in metadata. `proven` needs both bounds to
    meet on one date, where days seen to be missing do not count. No day before the calendar's first year is proven, because
    the windows closed at another hour then.
    """
    evidence = gather(bounds, calendar)
    closings = learn_closings(evidence, calendar)
    dates = tuple(_date_ids(evidence, _choose_all(evidence, closings)))
    return DateInference(dates, closings.learned, closings.calendar, closings.doubtful)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The date chosen between one pair of bounds, shared by all ids that have the same two."""

    day: date
    low: date
    high: date | None
    certainty: Certainty
    reason: str | None


def _date_ids(evidence: Evidence, choices: Sequence[_Choice]) -> Iterator[InferredDate]:
    released = find_released(evidence, [choice.day for choice in choices])
    for k, (paper, choice) in enumerate(zip(evidence.ids, choices, strict=True)):
        day, reason = released.get(k, (choice.day, choice.reason))
        # A guess about a held paper must not contradict its upper bound.
        if choice.high is not None and day > choice.high:
            day, reason = choice.day, choice.reason
        if choice.certainty is Certainty.PROVEN:
            reason = None
        elif reason == "next-mailing" and evidence.listed[k] < evidence.low[k]:
            reason = "lower-ids" if evidence.low[k] <= evidence.high[k] else "ids-out-of-order"
        yield InferredDate(paper, day, choice.low, choice.high, choice.certainty, reason)


def _choose_all(evidence: Evidence, closings: LearnedClosings) -> list[_Choice]:
    seen: dict[tuple[int, int, str], _Choice] = {}
    choices = []
    for k, paper in enumerate(evidence.ids):
        low, high = evidence.low[k], evidence.high[k]
        if low > high:
            # The ids around are out of order here, so that only the paper's own times count.
            low, high = evidence.listed[k], evidence.modified[k]
        key = low, high, paper[:4] if k < evidence.old else ""
        if key not in seen:
            seen[key] = _choose(key, closings)
        choices.append(seen[key])
    return choices


def _choose(key: tuple[int, int, str], closings: LearnedClosings) -> _Choice:
    low, high = _narrow(date.fromordinal(key[0]), date.fromordinal(key[1]), closings.confirmed)
    day = _choose_day(low, high, key[2], closings.likeliest)
    reason = _find_reason(low, day, key[2], closings)
    if key[1] == NEVER:
        return _Choice(day, low, None, Certainty.ASSUMED, reason)
    is_proven = low == high == day and day.year >= min(closings.calendar.years, default=1)
    return _Choice(day, low, high, Certainty.PROVEN if is_proven else Certainty.BOUNDED, None if is_proven else reason)


def _find_reason(low: date, day: date, month: str, closings: LearnedClosings) -> str:
    if any(low <= doubt <= day for doubt in closings.doubtful):
        return "possible-closing"
    if month and month_span(month)[0] > low.toordinal():
        return "id-month"
    return "next-mailing" if day == low else "after-closing"


def _narrow(low: date, high: date, missing: frozenset[int]) -> tuple[date, date]:
    """Return the bounds without the missing days at either end, or unchanged when no day would remain."""
    first, last = low, high
    while first < last and first.toordinal() in missing:
        first = weekday_after(first)
    while first < last and last.toordinal() in missing:
        last = weekday_before(last)
    return (low, high) if first.toordinal() in missing else (first, last)


def _choose_day(low: date, high: date, month: str, calendar: Calendar) -> date:
    """Return the earliest listing that the bounds and the month of the id allow: most papers are in the next one."""
    earliest = max(low, date.fromordinal(month_span(month)[0])) if month else low
    # Where no listing lies between the bounds, it is the first one after the lower bound.
    return max(min(due_from(earliest, calendar), due_until(high, calendar)), due_from(low, calendar))
