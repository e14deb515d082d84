"""An invented arXiv that gives ids to papers as the real one does, in either regime of held papers, with the true date of each.

By New York's clock: rush after the freeze, quiet nights and weekends, papers on the very second of a freeze, ids left out, ids
out of order, and papers that moderation holds for hours or weeks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.mailing import NEW_YORK, calendar
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import Bound
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from random import Random

DAY = timedelta(days=1)
NIGHT, MORNING, PEAK = [2] * 8, [3, 4, 5, 6, 7, 7], [8, 6, 5, 5, 4, 4, 4, 3, 3, 3]
HOURS = (*NIGHT, *MORNING, *PEAK)
"""How busy the hours of a weekday in New York are, beside one another."""


@dataclass(frozen=True)
class Habits:
    """How this arXiv behaves: `papers` an hour at noon, shares per paper, and when the regime of held papers changes.

    `at_head` says that released papers stand at the head of their mailing first. Else they are scattered, mostly late in it.
    """

    since: date
    until: date
    at_head: bool = False
    changes: tuple[date, ...] = ()
    closed: Collection[date] = frozenset(calendar().missing)
    papers: float = 14.0
    held: float = 0.05
    omitted: float = 0.02
    out_of_order: float = 0.00004
    categories: int = 8


@dataclass(frozen=True)
class Announced:
    """A record, the date on which it was announced, and the number of its category."""

    bound: Bound
    day: date
    category: int


def announce(chance: Random, habits: Habits) -> list[Announced]:
    """Return all papers of the mailings after `since`, in the order of their ids."""
    every = (habits.since + DAY * n for n in range((habits.until - habits.since).days + 1))
    listings = [day for day in every if day.weekday() < 5 and day not in habits.closed]
    waiting: list[tuple[date, datetime]] = []
    papers, number, month = list[Announced](), 0, ""
    for before, day in pairwise(listings):
        opens, closes = freeze_of(before), freeze_of(day)
        is_at_head = habits.at_head ^ bool(bisect_right(habits.changes, day) % 2)
        block: list[datetime] = []
        for moment in submit(chance, opens, closes, habits.papers):
            if chance.random() < habits.held * (1 if is_at_head else 0.4):
                waiting.append((day + DAY * (1 + int(chance.expovariate(1 if is_at_head else 1 / 7))), moment))
            else:
                block.append(moment)
        released = sorted(moment for until, moment in waiting if until <= day)
        waiting = [one for one in waiting if one[0] > day]
        block = release(chance, block, released, is_at_head=is_at_head)
        if month != f"{closes.astimezone(NEW_YORK):%y%m}":
            number, month = 0, f"{closes.astimezone(NEW_YORK):%y%m}"
        for moment in exchange(chance, block, habits.out_of_order):
            number += 1 + (chance.random() < habits.omitted)
            bound = Bound(PaperId(f"{month}.{number:05}"), moment, None)
            papers.append(Announced(bound, day, chance.randrange(habits.categories)))
    return papers


def freeze_of(listing: date) -> datetime:
    eve = listing - DAY * (3 if listing.weekday() == 0 else 1)
    return datetime(eve.year, eve.month, eve.day, 14, tzinfo=NEW_YORK).astimezone(UTC)


def submit(chance: Random, opens: datetime, closes: datetime, papers: float) -> list[datetime]:
    second = timedelta(seconds=1)
    moments = [opens, closes - second]
    moments += [opens + second * int(chance.expovariate(1 / 150)) for _ in range(chance.randrange(int(papers)))]
    hour = opens
    while hour < closes:
        local = hour.astimezone(NEW_YORK)
        busy = HOURS[local.hour] / 8 * (0.4 if local.weekday() > 4 else 1) * chance.uniform(0.7, 1.3)
        moments += [hour + second * chance.randrange(3600) for _ in range(int(papers * busy + chance.random()))]
        hour += timedelta(hours=1)
    return sorted(moments)


def release(chance: Random, block: list[datetime], released: list[datetime], *, is_at_head: bool) -> list[datetime]:
    """Return the block with the released papers in it. Few of them stand where the others do not."""
    elsewhere = [chance.random() < (0.02 if is_at_head else 0.06) for _ in released]
    head = [one for one, is_other in zip(released, elsewhere, strict=True) if is_other is not is_at_head]
    rest = [one for one, is_other in zip(released, elsewhere, strict=True) if is_other is is_at_head]
    for moment in rest:
        block.insert(int(len(block) * max(chance.random(), chance.random())), moment)
    return [*head, *block]


def exchange(chance: Random, block: list[datetime], share: float) -> list[datetime]:
    for at in range(len(block) - 3):
        if chance.random() < share:
            block.insert(at, block.pop(min(at + chance.randrange(3, 60), len(block) - 1)))
    return block


def stamp(chance: Random, papers: Collection[Announced], untouched: float, until: date) -> list[Announced]:
    """Return the papers with datestamps: the date of the listing for the share that was never modified."""
    return [
        replace(one, bound=replace(one.bound, datestamp=day if chance.random() < untouched else later))
        for one in papers
        for day in [one.day]
        for later in [max(day, min(until, day + DAY * (1 + int(chance.expovariate(1 / 90)))))]
    ]


def list_right(truth: Mapping[Bound, date]) -> frozenset[PaperId]:
    """Return the papers whose dates are inferred right from these records."""
    expected = {bound.id: day for bound, day in truth.items()}
    return frozenset(one.id for one in infer_dates(truth, calendar()).dates if one.day == expected[one.id])


def draw_subsets(
    chance: Random, truth: Mapping[Bound, date], own: Collection[Bound], trials: int
) -> Iterator[tuple[dict[Bound, date], dict[Bound, date]]]:
    """Yield pairs of a few records and of more: whole days beside them, random rows, or the rows of other categories.

    The few are those of some days in a row, of the category alone, of all or of every second one.
    """
    days = sorted(set(truth.values()))
    mine = {bound: truth[bound] for bound in own}
    for trial in range(trials):
        first = chance.randrange(len(days))
        last = min(len(days) - 1, first + chance.choice((0, 1, 2, 4, 8)))
        base = mine if chance.random() < 0.6 else truth
        step = chance.choice((1, 1, 2))
        few = {
            bound: day for bound, day in base.items() if days[first] <= day <= days[last] and not chance.randrange(step)
        }
        match trial % 3:
            case 0:
                begin, end = (
                    days[max(0, first - chance.randrange(9))],
                    days[min(len(days) - 1, last + chance.randrange(9))],
                )
                more = {bound: day for bound, day in base.items() if begin <= day <= end}
            case 1:
                more = {bound: day for bound, day in truth.items() if chance.random() < 0.5}
            case _:
                more = {bound: day for bound, day in truth.items() if days[first] <= day <= days[last]}
        yield few, few | more


def count_lost(pairs: Iterator[tuple[dict[Bound, date], dict[Bound, date]]]) -> Counter[str]:
    """Return how many papers are `right` with few records, how many of them are `lost` with more, and how many are `gained`."""
    counts = Counter[str]()
    for few, more in pairs:
        before, after = list_right(few), list_right(more)
        ids = {bound.id for bound in few}
        counts.update(right=len(before), lost=len(before - after), gained=len(ids & after - before))
    return counts
