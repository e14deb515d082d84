"""What a listing must not contradict: the mailings that the archive holds around its date.

The guards that need only the page itself are in its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

from syncd.core.errors import GuardRefused
from syncd.core.plural import pluralize
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from syncd.core.model import Listing, PaperId

SMALL = 0.25
"""A mailing below this share of the usual size is doubted. It may be a page cut short whose counts agree all the same."""
FEWEST_SIZES = 5
"""How many mailings must be held before their median size counts as the usual one."""

MOST_SIZES = 20
"""How many mailings before the listing are taken for the usual size."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the archive holds around one date.

    `held` is the number of papers held for the date. `before` is the highest id known to be new in the mailing before it,
    `after` the lowest in the one after it: ids are given at the announcement, in one ascending block for each mailing.
    `elsewhere` has those of the listing's new ids that are new in another mailing, with its date. `sizes` are the numbers of
    papers of the last mailings held before the date.
    """

    held: int | None = None
    before: PaperId | None = None
    after: PaperId | None = None
    elsewhere: Mapping[PaperId, date] | None = None
    sizes: Sequence[int] = ()


def find_doubts(listing: Listing, around: Surroundings, *, allow_shrink: bool) -> tuple[str, ...]:
    """Return, in words, the doubts that a second source must remove. An ordinary listing has none.

    GuardRefused when no second source could help: fewer papers than held (`shrunk`, unless `allow_shrink`), papers that were
    new on another date (`duplicate-across-days`), or a block of ids that belongs to another date (`stale-source`).
    """
    from statistics import median

    papers = len(listing.new) + len(listing.cross)
    if around.held is not None and papers < around.held and not allow_shrink:
        _refuse(listing, "shrunk", f"{pluralize(papers, 'paper')} listed, {around.held} held")
    _refuse_known(listing, around)
    outside = _list_outside(listing, around)
    # A few ids outside may be papers held in moderation. Most of them outside mean the page of another mailing.
    if len(outside) * 2 > len(listing.new):
        _refuse(listing, "stale-source", f"{len(outside)} of {len(listing.new)} new ids lie outside the day's block")
    doubts = (
        [f"{pluralize(len(outside), 'new id')} outside the day's block: {', '.join(outside[:3])}"] if outside else []
    )
    if len(around.sizes) >= FEWEST_SIZES and papers < (usual := median(around.sizes)) * SMALL:
        doubts.append(f"{pluralize(papers, 'paper')} where {usual:.0f} are usual")
    return tuple(doubts)


def _refuse_known(listing: Listing, around: Surroundings) -> None:
    known = around.elsewhere or {}
    again = [paper.id for paper in listing.new if paper.id in known]
    if not again:
        return
    reason = "stale-source" if len(again) * 2 > len(listing.new) else "duplicate-across-days"
    count = f"{pluralize(len(again), 'paper')} {'was' if len(again) == 1 else 'were'}"
    _refuse(listing, reason, f"{count} new on another date, e.g. {again[0]} on {known[again[0]]}")


def _list_outside(listing: Listing, around: Surroundings) -> list[PaperId]:
    return [
        paper.id
        for paper in listing.new
        if (around.before is not None and paper.id <= around.before)
        or (around.after is not None and paper.id >= around.after)
    ]


def _refuse(listing: Listing, reason: str, detail: str) -> Never:
    raise GuardRefused(detail, reason=reason, day=listing.day)
