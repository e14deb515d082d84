"""Check the parts of one mailing and join them: every guard that needs only the pages.

It never repairs anything. Parts that break a guard give no listing at all.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

from syncd.core.categories import has_category, is_primary, list_names, to_canonical_category
from syncd.core.errors import GuardRefused, LayoutUnknown, PageError, PartialPage
from syncd.core.model import Listing, Section, id_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from syncd.sources.listing.page import Page, PageBlock, PageEntry

_ORDER = (Section.NEW, Section.CROSS, Section.REPLACED)
_Sections = dict[Section, list["PageBlock"]]


def assemble(pages: Sequence[Page], category: str, day: date | None) -> Listing:
    """Return the mailing that the parts of `/new` or of one catchup day form, given in the order they were fetched.

    `day` is the listing date asked for, None takes the heading's. PartialPage when there is less than the pages themselves
    count. GuardRefused when they contradict the day asked for, the category, themselves or one another. An empty but dated
    mailing is a Listing without entries. `Page.links_next_day` says whether its day is over.
    """
    try:
        return _join(pages, category, day)
    except PageError as error:
        error.day = day or next((page.day for page in pages), None)
        raise


def _join(pages: Sequence[Page], category: str, day: date | None) -> Listing:
    heading = _common_heading(pages, category, day)
    sections = _group_by_section(pages)
    entries = {section: [entry for block in blocks for entry in block.entries] for section, blocks in sections.items()}
    _check_unique(entries)
    _check_counts(sections)
    _check_total(pages, entries)
    _check_numbers(entry for section in _ORDER for entry in entries[section])
    for section in (Section.NEW, Section.CROSS):
        _check_order(entries[section])
        for entry in entries[section]:
            _check_entry(entry, section, category)
    _check_months(entries, heading)
    return Listing(
        day=heading,
        new=tuple(entry.paper for entry in entries[Section.NEW]),
        cross=tuple(entry.paper for entry in entries[Section.CROSS]),
        replaced=tuple(entry.paper.id for entry in entries[Section.REPLACED]),
        source=pages[0].kind,
    )


def _common_heading(pages: Sequence[Page], category: str, day: date | None) -> date:
    """Return the one listing date of all parts."""
    days = {page.day for page in pages}
    heading = pages[0].day if pages else None
    if heading is None or {page.kind for page in pages} - {"new", "catchup"}:
        raise LayoutUnknown("not the pages of one mailing", reason="not-a-mailing")
    if day is not None and heading != day:
        _refuse(f"asked for {day}, the heading says {heading}", "wrong-date")
    if len(days) > 1 or len({(page.kind, page.total) for page in pages}) > 1:
        _refuse("the parts differ in kind, day or total", "parts-differ")
    if others := {page.category for page in pages} - {None, *list_names(category)}:
        _refuse(f"a page of {', '.join(map(str, others))}", "wrong-category")
    return heading


def _group_by_section(pages: Sequence[Page]) -> _Sections:
    """Return the blocks by section. Each section stands once, in order, and continues only where a new part begins."""
    sections: _Sections = {section: [] for section in _ORDER}
    reached = -1
    for page in pages:
        for position, block in enumerate(page.blocks):
            rank = _ORDER.index(block.section) if block.section is not None else -1
            continues = rank == reached and position == 0 and not block.has_first_entry
            if rank < reached or (rank == reached and not continues):
                _refuse(f"{block.section} stands after {_ORDER[reached]}", "sections-skewed")
            if rank > reached and not block.has_first_entry:
                raise PartialPage(f"the beginning of {block.section} is missing", reason="missing-entries")
            sections[_ORDER[rank]].append(block)
            reached = rank
    return sections


def _check_unique(entries: Mapping[Section, Sequence[PageEntry]]) -> None:
    counts = Counter(entry.paper.id for section in entries.values() for entry in section)
    if repeated := [paper for paper, count in counts.items() if count > 1]:
        _refuse(f"more than once: {' '.join(repeated[:5])}", "duplicate-id")


def _check_counts(sections: _Sections) -> None:
    """Check that each heading has the entries it says it shows, and that the parts of a section add up to its total."""
    for section, blocks in sections.items():
        for block in blocks:
            _compare(f"{section}, shown", len(block.entries), block.shown)
        totals = {block.total for block in blocks}
        if len(totals) > 1:
            _refuse(f"{section}: the parts differ in its total", "parts-differ")
        for total in totals:
            _compare(f"{section}, total", sum(len(block.entries) for block in blocks), total)


def _check_total(pages: Sequence[Page], entries: Mapping[Section, Sequence[PageEntry]]) -> None:
    parsed = sum(map(len, entries.values()))
    if pages[0].total is None and not (parsed == 0 and all(page.is_empty for page in pages)):
        raise LayoutUnknown("entries and no total", reason="totals")
    _compare("all sections", parsed, pages[0].total)


def _compare(what: str, parsed: int, stated: int | None) -> None:
    if stated is None or parsed == stated:
        return
    detail = f"{what}: {parsed} of {stated} entries"
    if parsed < stated:
        raise PartialPage(detail, reason="missing-entries")
    _refuse(detail, "count-skew")


def _check_numbers(entries: Iterable[PageEntry]) -> None:
    """Check that entries are numbered over all parts from 1 without a gap."""
    for expected, entry in enumerate(entries, 1):
        if entry.number > expected:
            raise PartialPage(f"entry {expected} is missing", reason="missing-entries")
        if entry.number < expected:
            _refuse(f"entry {expected} is numbered {entry.number}", "count-skew")


def _check_order(entries: Sequence[PageEntry]) -> None:
    for before, after in pairwise(entry.paper.id for entry in entries):
        if before > after:
            _refuse(f"{after} stands after {before}", "order-broken")


def _check_entry(entry: PageEntry, section: Section, category: str) -> None:
    """Check that a new or cross entry is of the category, has the mark of its section, a title and an abstract."""
    paper = entry.paper
    if not has_category(paper.categories, category):
        _refuse(f"{paper.id} is of {' '.join(paper.categories)}", "wrong-category")
    primary = paper.categories[0]
    is_new = section is Section.NEW
    # The mark prints the primary as submitted, the subjects its canonical name.
    mark = entry.cross_from and to_canonical_category(entry.cross_from)
    is_marked = mark == (None if is_new else to_canonical_category(primary))
    if is_primary(paper.categories, category) is not is_new or not is_marked or entry.replaced:
        _refuse(f"{paper.id} of {primary} stands under {section}", "sections-skewed")
    if not paper.title:
        raise PartialPage(f"{paper.id} has no title", reason="missing-title")
    if not paper.abstract:
        raise PartialPage(f"{paper.id} has no abstract", reason="missing-abstract")


def _check_months(entries: Mapping[Section, Sequence[PageEntry]], heading: date) -> None:
    """Check that ids are of the month of the freeze day: the heading's or the one before. A cross-list may be older."""
    listed = heading.year * 12 + heading.month
    # `listed` months back is further than arXiv exists: a cross-list may have any age.
    for section, oldest in ((Section.NEW, 1), (Section.CROSS, listed)):
        for entry in entries[section]:
            year, month = id_month(entry.paper.id)
            if not 0 <= listed - (year * 12 + month) <= oldest:
                _refuse(f"{entry.paper.id} under {section} of {heading}", "implausible-ids")


def _refuse(detail: str, reason: str) -> NoReturn:
    raise GuardRefused(detail, reason=reason)
