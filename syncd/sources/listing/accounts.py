"""What `/recent` and the month pages say of ids: per day, and per month.

They never give a text, and a day of `/recent` that contradicts itself is marked, so that it cannot hide the others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.errors import GuardRefused, LayoutUnknown, PartialPage
from syncd.core.model import PaperId, id_month
from syncd.sources.listing.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from syncd.sources.listing.page import PageBlock, PageEntry


@dataclass(frozen=True, slots=True)
class RecentDay:
    """One day of `/recent`: its ids in page order, new then cross, descending within each.

    `total` is what the heading states (0 for an empty day, None where it states nothing). `whole`: all of that is here.
    `trusted`: nothing on the pages contradicts it; otherwise `reason` says what does. Only a whole and trusted account is a
    witness of membership; a trusted part is one for the ids it holds.
    """

    day: date
    new: tuple[PaperId, ...]
    cross: tuple[PaperId, ...]
    total: int | None
    whole: bool
    trusted: bool
    reason: str | None = None


def list_recent_days(pages: Page | Sequence[Page]) -> tuple[RecentDay, ...]:
    """The days of `/recent`, newest first, from one page or its consecutive parts.

    arXiv cuts the list into days by counts from another table: after a recategorisation a day silently borrows from the day
    before. That shows where an unmarked paper follows a cross-list, where ids ascend, or where the list ends early.
    """
    parts = (pages,) if isinstance(pages, Page) else tuple(pages)
    days = _days(parts)
    counts = Counter(item.paper.id for blocks in days.values() for item in _items(blocks))
    repeated = frozenset(paper for paper, count in counts.items() if count > 1)
    short = any(_lacks(blocks, _items(blocks)) for blocks in days.values())
    return tuple(_account(day, blocks, repeated, short=short) for day, blocks in days.items())


def month_ids(pages: Sequence[Page]) -> tuple[PaperId, ...]:
    """All ids of a category's month page set, ascending; PartialPage when it holds fewer than it counts."""
    items = [item for page in pages for item in page.items]
    if {page.kind for page in pages} != {"month"} or len({(page.day, page.total) for page in pages}) != 1:
        raise LayoutUnknown("not the pages of one month", reason="not-a-month")
    total = pages[0].total or 0
    if len(items) < total or [item.number for item in items] != list(range(1, len(items) + 1)):
        raise PartialPage(f"{len(items)} of {total} entries", reason="missing-entries")
    ids = sorted({item.paper.id for item in items})
    if len(items) > total or len(ids) < len(items):
        raise GuardRefused(f"{len(items)} entries, {len(ids)} ids, {total} stated", reason="count-skew")
    month = pages[0].day
    if month is not None and any(id_month(paper) != (month.year, month.month) for paper in ids):
        raise GuardRefused(f"ids of another month than {month:%Y-%m}", reason="implausible-ids")
    return tuple(ids)


def _days(pages: Sequence[Page]) -> dict[date, list[PageBlock]]:
    if not pages or {page.kind for page in pages} != {"recent"}:
        raise LayoutUnknown("not the parts of /recent", reason="not-recent")
    if len({page.total for page in pages}) > 1:
        raise GuardRefused("the parts differ in total", reason="parts-differ")
    days: dict[date, list[PageBlock]] = {}
    for page in pages:
        for position, block in enumerate(page.blocks):
            if block.day is None or (block.day in days and (position or block.begins)):
                raise LayoutUnknown(f"a day twice: {block.day}", reason="headings")
            days.setdefault(block.day, []).append(block)
    if any(newer <= older for newer, older in pairwise(days)):
        raise LayoutUnknown("days are not in descending order", reason="headings")
    return days


def _account(day: date, blocks: Sequence[PageBlock], repeated: frozenset[PaperId], *, short: bool) -> RecentDay:
    items = _items(blocks)
    total = blocks[0].total if blocks[0].total is not None or items else 0
    cross = tuple(item.paper.id for item in items if item.cross_from is not None)
    new = tuple(item.paper.id for item in items if item.cross_from is None)
    reason = next((name for name, breaks in _RULES.items() if breaks(blocks, items)), None)
    if reason is None and not repeated.isdisjoint((*new, *cross)):
        reason = "duplicate-id"
    if reason is None and short and items and not cross:
        # Nothing in a day without cross-lists would show that it is shifted.
        reason = "shifted"
    return RecentDay(day, new, cross, total, total == len(items), reason is None, reason)


def _items(blocks: Iterable[PageBlock]) -> tuple[PageEntry, ...]:
    return tuple(item for block in blocks for item in block.items)


def _miscounts(blocks: Sequence[PageBlock], items: Sequence[PageEntry]) -> bool:
    totals = {block.total for block in blocks}
    total = blocks[0].total
    misshown = any(block.shown not in (None, len(block.items)) for block in blocks)
    return misshown or len(totals) > 1 or (bool(items) and (total is None or len(items) > total))


def _lacks(blocks: Sequence[PageBlock], items: Sequence[PageEntry]) -> bool:
    """A day that has a hole, or is shown from its beginning to its end and holds less than it states."""
    gap = any(after.number != before.number + 1 for before, after in pairwise(items))
    whole = blocks[0].begins and blocks[-1].ends
    return gap or (whole and len(items) < (blocks[0].total or 0))


def _mixes_marks(_blocks: Sequence[PageBlock], items: Sequence[PageEntry]) -> bool:
    marks = [item.cross_from is not None for item in items]
    return marks != sorted(marks)


def _breaks_order(_blocks: Sequence[PageBlock], items: Sequence[PageEntry]) -> bool:
    new = [item.paper.id for item in items if item.cross_from is None]
    cross = [item.paper.id for item in items if item.cross_from is not None]
    return any(before <= after for ids in (new, cross) for before, after in pairwise(ids))


_RULES: dict[str, Callable[[Sequence[PageBlock], Sequence[PageEntry]], bool]] = {
    "count-skew": _miscounts,
    "missing-entries": _lacks,
    "sections-skewed": _mixes_marks,
    "order-broken": _breaks_order,
}
