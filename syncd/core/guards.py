"""What the archive itself knows that a listing may not contradict.

The guards that need nothing but the page stand with its source; these need the days around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from syncd.core.errors import GuardRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from syncd.core.model import Listing, PaperId

SMALL = 0.25
"""A mailing below this share of the usual size is doubted: it may be a page cut short with its counts adapted."""
USUAL_OF = 5
"""So many mailings must be held before their size says what is usual."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the archive holds around one date.

    `held` is the number of papers already held for the date. `before` is the highest id known to be new in the mailing held
    before it, `after` the lowest in the one after it: ids are given at the announcement in one ascending block per mailing.
    `elsewhere` tells which of the listing's new ids stand as new in another mailing, and in which. `sizes` are the numbers
    of papers of the mailings held last.
    """

    held: int | None = None
    before: PaperId | None = None
    after: PaperId | None = None
    elsewhere: Mapping[PaperId, date] | None = None
    sizes: Sequence[int] = ()


def judge(listing: Listing, around: Surroundings, *, allow_shrink: bool) -> tuple[str, ...]:
    """The doubts that a second witness must settle, in words; none for an ordinary listing.

    GuardRefused when no witness could help: fewer papers than held (`shrunk`), papers that were new on another date
    (`duplicate-across-days`), or a block of ids that belongs to another date (`stale-source`).
    """
    _refuse_shrinking(listing, around, allow_shrink=allow_shrink)
    _refuse_known(listing, around)
    outside = _outside(listing, around)
    if len(outside) * 2 > len(listing.new):
        _refuse(listing, "stale-source", f"{len(outside)} of {len(listing.new)} new ids lie outside the day's block")
    doubts = [f"{len(outside)} new ids lie outside the day's block: {', '.join(outside[:3])}"] if outside else []
    return (*doubts, *_small(listing, around))


def _refuse_shrinking(listing: Listing, around: Surroundings, *, allow_shrink: bool) -> None:
    papers = len(listing.new) + len(listing.cross)
    if around.held is not None and papers < around.held and not allow_shrink:
        _refuse(listing, "shrunk", f"{papers} papers listed, {around.held} held")


def _refuse_known(listing: Listing, around: Surroundings) -> None:
    known = around.elsewhere or {}
    again = [paper.id for paper in listing.new if paper.id in known]
    if not again:
        return
    reason = "stale-source" if len(again) * 2 > len(listing.new) else "duplicate-across-days"
    _refuse(listing, reason, f"{len(again)} papers were new on another date, e.g. {again[0]} on {known[again[0]]}")


def _outside(listing: Listing, around: Surroundings) -> list[PaperId]:
    return [
        paper.id
        for paper in listing.new
        if (around.before is not None and paper.id <= around.before)
        or (around.after is not None and paper.id >= around.after)
    ]


def _small(listing: Listing, around: Surroundings) -> tuple[str, ...]:
    if len(around.sizes) < USUAL_OF:
        return ()
    papers, usual = len(listing.new) + len(listing.cross), median(around.sizes)
    return (f"{papers} papers where {usual:.0f} are usual",) if papers < usual * SMALL else ()


def _refuse(listing: Listing, reason: str, detail: str) -> None:
    raise GuardRefused(detail, reason=reason, day=listing.day)


SIZES = 20
"""The size of a mailing is compared with the median of so many before it."""
