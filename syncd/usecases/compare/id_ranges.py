"""Which ids belong to which mailing, by their order alone: each mailing announces one range, above that of the one before.

It requests nothing and knows no categories: a late cross-list is outside its mailing's range as well.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from syncd.core.model import PaperId


@dataclass(frozen=True, slots=True)
class IdRange:
    """The lowest and the highest id of a mailing, strays left out."""

    day: date
    first: PaperId
    last: PaperId


@dataclass(frozen=True, slots=True)
class IdRanges:
    """The ranges of successive mailings, ascending and without overlap.

    `strays` are the papers whose id is inside or before the range of another mailing than the one that holds them.
    """

    ranges: tuple[IdRange, ...]
    strays: frozenset[tuple[date, PaperId]]

    def of(self, day: date) -> IdRange | None:
        """Return the range of a mailing."""
        return next((one for one in self.ranges if one.day == day), None)

    def around(self, paper: PaperId) -> tuple[IdRange | None, IdRange | None]:
        """Return the ranges before and after an id, or twice the same range where the id is inside one."""
        position = bisect_right(self.ranges, paper, key=lambda one: one.first)
        before = self.ranges[position - 1] if position else None
        if before is not None and paper <= before.last:
            return before, before
        return before, self.ranges[position] if position < len(self.ranges) else None


def find_id_ranges(mailings: Mapping[date, Iterable[PaperId]]) -> IdRanges:
    """Find the ranges that agree with the greatest number of papers: the longest run of ids whose days never fall.

    A paper in the wrong mailing, or cross-listed late, is a stray. Ids of the old style have no such order and are left out.
    """
    pairs = sorted((paper, day) for day, papers in mailings.items() for paper in papers if "/" not in paper)
    kept = set(_find_longest_rise([day for _, day in pairs]))
    ends: dict[date, tuple[PaperId, PaperId]] = {}
    for index in sorted(kept):
        paper, day = pairs[index]
        ends[day] = ends[day][0] if day in ends else paper, paper
    strays = frozenset((day, paper) for index, (paper, day) in enumerate(pairs) if index not in kept)
    return IdRanges(tuple(IdRange(day, *ends[day]) for day in sorted(ends)), strays)


def _find_longest_rise(days: Sequence[date]) -> list[int]:
    """Return the indexes of a longest subsequence that never falls, the last one first."""
    # Patience sorting: tails[n] is the lowest day that ends a run of n + 1 days, ends[n] its index.
    tails: list[date] = []
    ends: list[int] = []
    before: list[int] = []
    for index, day in enumerate(days):
        length = bisect_right(tails, day)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [day]
        ends[length : length + 1] = [index]
    found = []
    index = ends[-1] if ends else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found
