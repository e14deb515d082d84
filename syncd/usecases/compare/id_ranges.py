"""Which ids belong to which mailing, by their order alone: every mailing announces one block, above that of the one before.

It asks nothing and knows no categories: a late cross-list stands outside its day's block as well.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from syncd.core.model import PaperId


@dataclass(frozen=True, slots=True)
class Block:
    """The lowest and highest id of a mailing that stand where they should."""

    day: date
    first: PaperId
    last: PaperId


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of mailings in a row, ascending and apart; `strays` are the papers that stand in another's or before it."""

    blocks: tuple[Block, ...]
    strays: frozenset[tuple[date, PaperId]]

    def of(self, day: date) -> Block | None:
        """The block of a mailing."""
        return next((block for block in self.blocks if block.day == day), None)

    def around(self, paper: PaperId) -> tuple[Block | None, Block | None]:
        """The blocks between which an id stands; twice the same where it stands in one."""
        place = bisect_right(self.blocks, paper, key=lambda block: block.first)
        before = self.blocks[place - 1] if place else None
        if before is not None and paper <= before.last:
            return before, before
        return before, self.blocks[place] if place < len(self.blocks) else None


def blocks(mailings: Mapping[date, Iterable[PaperId]]) -> Blocks:
    """The blocks that agree with the greatest number of papers: the longest run of ids whose days do not fall.

    A paper that stands in the wrong mailing, or was cross-listed late, is a stray. Ids of the old style say nothing.
    """
    placed = sorted((paper, day) for day, papers in mailings.items() for paper in papers if "/" not in paper)
    kept = set(_longest([day for _, day in placed]))
    ends: dict[date, tuple[PaperId, PaperId]] = {}
    for place in sorted(kept):
        paper, day = placed[place]
        ends[day] = ends[day][0] if day in ends else paper, paper
    strays = frozenset((day, paper) for place, (paper, day) in enumerate(placed) if place not in kept)
    return Blocks(tuple(Block(day, *ends[day]) for day in sorted(ends)), strays)


def _longest(days: Sequence[date]) -> list[int]:
    """The places of a longest subsequence that never falls."""
    tails: list[date] = []
    ends: list[int] = []
    before: list[int] = []
    for place, day in enumerate(days):
        length = bisect_right(tails, day)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [day]
        ends[length : length + 1] = [place]
    found = []
    place = ends[-1] if ends else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found
