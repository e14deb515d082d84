"""Which papers `/recent` and the month pages list: ids per day, and per month.

These pages give no abstracts. A day of `/recent` that contradicts itself is marked, so that it does not hide the other days.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.errors import GuardRefused, LayoutUnknown, PartialPage
from syncd.core.model import PaperId, id_month
from syncd.core.values import dataclass
from syncd.sources.listing.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from syncd.sources.listing.page import PageBlock, PageEntry


@dataclass(frozen=True, slots=True)
class RecentDay:
    """One day of `/recent`: its ids in page order, new then cross, descending within each.

    `total` is what the heading states (0 for an empty day, None where it states nothing). `is_whole`: all of that is here.
    `is_trusted`: nothing on the pages contradicts it, otherwise `reason` says what does. A day that is whole and trusted proves
    which papers the mailing has. A trusted part proves that the ids in it belong to the mailing.
    """

    day: date
    new: tuple[PaperId, ...]
    cross: tuple[PaperId, ...]
    total: int | None
    is_whole: bool
    is_trusted: bool
    reason: str | None = None


def list_recent_days(pages: Page | Sequence[Page]) -> tuple[RecentDay, ...]:
    """Return the days of `/recent`, newest first, from one page or its consecutive parts.

    arXiv divides the list into days by counts from another table. When a paper changed its category, a day silently takes one
    from the day before. It shows where an unmarked paper follows a cross-list, where ids ascend, or where the list ends early.
    """
    parts = (pages,) if isinstance(pages, Page) else tuple(pages)
    days = _group_by_day(parts)
    counts = Counter(entry.paper.id for blocks in days.values() for entry in _list_entries(blocks))
    repeated = frozenset(paper for paper, count in counts.items() if count > 1)
    has_gap = any(_has_gap(blocks, _list_entries(blocks)) for blocks in days.values())
    return tuple(_assess_day(day, blocks, repeated, has_gap=has_gap) for day, blocks in days.items())


def month_ids(pages: Sequence[Page]) -> tuple[PaperId, ...]:
    """Return all ids on the parts of a month page, ascending. PartialPage when there are fewer than the page counts."""
    entries = [entry for page in pages for entry in page.entries]
    if {page.kind for page in pages} != {"month"} or len({(page.day, page.total) for page in pages}) != 1:
        raise LayoutUnknown("not the pages of one month", reason="not-a-month")
    total = pages[0].total or 0
    if len(entries) < total or [entry.number for entry in entries] != list(range(1, len(entries) + 1)):
        raise PartialPage(f"{len(entries)} of {total} entries", reason="missing-entries")
    ids = sorted({entry.paper.id for entry in entries})
    if len(entries) > total or len(ids) < len(entries):
        raise GuardRefused(f"{len(entries)} entries, {len(ids)} ids, {total} stated", reason="count-skew")
    month = pages[0].day
    if month is not None and any(id_month(paper) != (month.year, month.month) for paper in ids):
        raise GuardRefused(f"ids of another month than {month:%Y-%m}", reason="implausible-ids")
    return tuple(ids)


def _group_by_day(pages: Sequence[Page]) -> dict[date, list[PageBlock]]:
    if not pages or {page.kind for page in pages} != {"recent"}:
        raise LayoutUnknown("not the parts of /recent", reason="not-recent")
    if len({page.total for page in pages}) > 1:
        raise GuardRefused("the parts differ in total", reason="parts-differ")
    days: dict[date, list[PageBlock]] = {}
    for page in pages:
        for position, block in enumerate(page.blocks):
            if block.day is None or (block.day in days and (position or block.has_first_entry)):
                raise LayoutUnknown(f"a day twice: {block.day}", reason="headings")
            days.setdefault(block.day, []).append(block)
    if any(newer <= older for newer, older in pairwise(days)):
        raise LayoutUnknown("days are not in descending order", reason="headings")
    return days


def _assess_day(day: date, blocks: Sequence[PageBlock], repeated: frozenset[PaperId], *, has_gap: bool) -> RecentDay:
    """Return a day with what contradicts it. `has_gap` says that any day of the list lacks entries."""
    entries = _list_entries(blocks)
    total = blocks[0].total if blocks[0].total is not None or entries else 0
    cross = tuple(entry.paper.id for entry in entries if entry.cross_from is not None)
    new = tuple(entry.paper.id for entry in entries if entry.cross_from is None)
    reason = next((name for name, is_broken in _RULES.items() if is_broken(blocks, entries)), None)
    if reason is None and not repeated.isdisjoint((*new, *cross)):
        reason = "duplicate-id"
    if reason is None and has_gap and entries and not cross:
        # Without cross-lists nothing in the day itself would show that it is shifted.
        reason = "shifted"
    return RecentDay(day, new, cross, total, total == len(entries), reason is None, reason)


def _list_entries(blocks: Iterable[PageBlock]) -> tuple[PageEntry, ...]:
    return tuple(entry for block in blocks for entry in block.entries)


def _is_miscounted(blocks: Sequence[PageBlock], entries: Sequence[PageEntry]) -> bool:
    totals = {block.total for block in blocks}
    total = blocks[0].total
    shows_other = any(block.shown not in (None, len(block.entries)) for block in blocks)
    return shows_other or len(totals) > 1 or (bool(entries) and (total is None or len(entries) > total))


def _has_gap(blocks: Sequence[PageBlock], entries: Sequence[PageEntry]) -> bool:
    """Return whether a day skips a number, or is shown from its first to its last entry and has fewer than it states."""
    skips = any(after.number != before.number + 1 for before, after in pairwise(entries))
    is_complete = blocks[0].has_first_entry and blocks[-1].has_last_entry
    return skips or (is_complete and len(entries) < (blocks[0].total or 0))


def _mixes_sections(_blocks: Sequence[PageBlock], entries: Sequence[PageEntry]) -> bool:
    marks = [entry.cross_from is not None for entry in entries]
    return marks != sorted(marks)


def _breaks_order(_blocks: Sequence[PageBlock], entries: Sequence[PageEntry]) -> bool:
    new = [entry.paper.id for entry in entries if entry.cross_from is None]
    cross = [entry.paper.id for entry in entries if entry.cross_from is not None]
    return any(before <= after for ids in (new, cross) for before, after in pairwise(ids))


_RULES: dict[str, Callable[[Sequence[PageBlock], Sequence[PageEntry]], bool]] = {
    "count-skew": _is_miscounted,
    "missing-entries": _has_gap,
    "sections-skewed": _mixes_sections,
    "order-broken": _breaks_order,
}
"""The rules that a day of `/recent` must keep, by the reason that is given where it breaks one."""
