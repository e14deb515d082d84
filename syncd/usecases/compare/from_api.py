"""`api`: texts from the API and members from the month pages, for held dates of any age.

    days ─► ids ─► API: the version announced, and today's categories ┐
         └─► months ─► ids of each day's range                        ┴─► SourceView

Sections and their order are not known. Nothing is requested twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.categories import has_category, is_primary, is_same_category
from syncd.core.model import Certainty, Digest, Entry, Section, id_month
from syncd.core.results import NotCompared
from syncd.core.values import dataclass
from syncd.sources.api import BATCH
from syncd.usecases.compare.api_texts import ApiTexts
from syncd.usecases.compare.file_comparison import read_or_none
from syncd.usecases.compare.id_ranges import IdRanges, find_id_ranges
from syncd.usecases.compare.month_pages import MonthPages
from syncd.usecases.compare.observations import has_same_words
from syncd.usecases.compare.select import list_all_held_days
from syncd.usecases.compare.source_view import (
    NotAvailable,
    OtherMailing,
    RequestCount,
    Source,
    SourceView,
    insert_entry,
    not_available,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.core.results import Appearance
    from syncd.sources.api import ApiEntry, VersionRequest
    from syncd.usecases.compare.month_pages import IdMonth
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace

MARGIN = timedelta(days=10)
"""How far around the dates compared other mailings are read, to see where the ranges of ids begin and end."""
_ENTRIES_A_PAGE = 2000
_MAILINGS_A_MONTH = 22


def show(work: Workspace, upstream: UpstreamAccess, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
    """Show the held dates, newest first and a month at a time. A date that is not held has no ids to ask for."""
    if not days:
        return
    first, last = min(days) - MARGIN, max(days) + MARGIN
    ranges = find_id_ranges({digest.day: [e.id for e in digest.entries] for digest in work.store.digests(first, last)})
    viewer = _ApiViewer(work, upstream, ranges, _find_papers_without_rows(work), MonthPages(work, upstream))
    # By month, so that many dates share a request and only the texts of one month are held in memory.
    for _, month in groupby(sorted(days, reverse=True), key=lambda day: (day.year, day.month)):
        yield from viewer.show_month(list(month))


def _find_papers_without_rows(work: Workspace) -> frozenset[PaperId]:
    """Return the papers of files that have no rows: they are held all the same, also as late cross-lists of other days."""
    rows = work.store.mailings().keys() - set(work.store.list_days_without_entries())
    found: set[PaperId] = set()
    for day, _ in work.folder.days():
        if day not in rows and (data := read_or_none(work, day)) is not None:
            digest = digests.read(data, work.config.archive.category).digest
            found.update(entry.id for entry in (digest.entries if digest is not None else ()))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _ApiViewer:
    """One run over dates, with the pages that it has read so far."""

    work: Workspace
    upstream: UpstreamAccess
    ranges: IdRanges
    without_rows: frozenset[PaperId]
    months: MonthPages

    def show_month(self, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
        """Show the dates of one month."""
        held = {digest.day: digest for digest in self.work.store.digests(min(days), max(days))}
        ours = {day: held[day] for day in days if day in held}
        texts = ApiTexts(self.work, self.upstream.web)
        texts.load_from_api([_version_to_request(entry) for digest in ours.values() for entry in digest.entries])
        missing = self._find_missing(ours, texts)
        for day in days:
            self.upstream.control.check_cancelled()
            if day in ours:
                yield self._view(ours[day], texts, missing.get(day, ()))
            else:
                yield not_available(day, "not held, so that there are no ids to ask for")

    def _view(self, ours: Digest, texts: ApiTexts, missing: Iterable[ApiEntry]) -> SourceView:
        entries: list[Entry] = []
        others: dict[PaperId, OtherMailing] = {}
        skipped = [
            NotCompared(ours.day, "sections and order", "the API gives neither the section of a paper nor its position")
        ]
        if self.months.load(_id_month_of(ours)) is None:
            why = "the month page was rejected"
            skipped.append(NotCompared(ours.day, "papers that the archive lacks", why, is_rejected=True))
        for entry in ours.entries:
            found = texts.answered.get(_version_to_request(entry))
            if found is None:
                unusable = texts.explain_unusable(entry.id)
                why = unusable or "the API did not give it when asked twice"
                skipped.append(NotCompared(ours.day, f"text of {entry.id}", why, is_rejected=bool(unusable)))
            other = self._find_other_mailing(ours, entry, found)
            if other is not None:
                others[entry.id] = other
            elif self._is_member(entry, found):
                entries.append(_show_entry(entry, found))
        theirs = Digest(ours.day, ours.category, tuple(entries), ours.tail)
        if any(_lost_its_lines(entry, texts.answered.get(_version_to_request(entry))) for entry in ours.entries):
            skipped.append(NotCompared(ours.day, "paragraphs", "the API gives texts without their line ends"))
        for found in sorted(missing, key=lambda one: one.paper.id):
            paper, section = found.paper, self._section_of(found)
            added = Entry(paper.id, paper.title, paper.abstract or "", section, paper.version, Certainty.BOUNDED)
            theirs = insert_entry(theirs, added)
        return SourceView(self._with_sections(ours, texts), theirs, "API and month page", others, tuple(skipped))

    def _is_own(self, found: ApiEntry) -> bool:
        return is_primary(found.paper.categories, self.work.config.archive.category)

    def _section_of(self, found: ApiEntry) -> Section:
        return Section.NEW if self._is_own(found) else Section.CROSS

    def _with_sections(self, ours: Digest, texts: ApiTexts) -> Digest:
        """Return our digest with the sections that today's primary categories suggest, where none is recorded."""
        entries = []
        for entry in ours.entries:
            section, found = entry.section, texts.answered.get(_version_to_request(entry))
            if section is None and found is not None:
                section = self._section_of(found)
            entries.append(replace(entry, section=section))
        return replace(ours, entries=tuple(entries))

    def _is_member(self, entry: Entry, found: ApiEntry | None) -> bool:
        """Say whether upstream still counts the paper to the category, by the month page where one is at hand."""
        listed = self.months.loaded.get(id_month(entry.id))
        if listed is not None and entry.id in listed:
            return True
        if found is not None:
            return has_category(found.paper.categories, self.work.config.archive.category)
        return listed is None

    def _find_other_mailing(self, ours: Digest, entry: Entry, found: ApiEntry | None) -> OtherMailing | None:
        """Return where a new submission belongs whose id is in the range of another mailing, or None for all others."""
        is_stray = (ours.day, entry.id) in self.ranges.strays
        if not is_stray or found is None or not self._is_own(found) or entry.section is Section.CROSS:
            return None
        by_time = self._date_by_time(found)
        if by_time.day == ours.day:
            return None  # of two papers that changed places at a border, the other one moved
        return self._date_by_id(entry.id, found) or by_time

    def _date_by_time(self, found: ApiEntry) -> OtherMailing:
        """Return the mailing of a paper by the time of its first version."""
        evidence = f"first submitted {found.published:%Y-%m-%d %H:%M} UTC"
        return OtherMailing(mailing.listing_date(found.published, self.work.calendar()), evidence)

    def _date_by_id(self, paper: PaperId, found: ApiEntry) -> OtherMailing | None:
        """Return the mailing of a paper by the ranges around its id, or None where no held mailing can be the one."""
        before, after = self.ranges.around(paper)
        if before is not None and before is after:
            evidence = f"its id is in the range {before.first} … {before.last} of {before.day}"
            return OtherMailing(before.day, evidence)
        by_time = self._date_by_time(found)
        if before is not None and after is not None:
            # Ids are given at the announcement: between two ranges, only the paper's own time shows where it belongs.
            between = before.day + timedelta(1), after.day - timedelta(1)
            if not any(mailing.due_between(self.work.calendar(), *between)):
                return replace(by_time, day=after.day if by_time.day >= after.day else before.day)
        near = {one.day for one in (before, after) if one is not None}
        return by_time if by_time.day in near else None

    def _find_missing(self, ours: Mapping[date, Digest], texts: ApiTexts) -> dict[date, list[ApiEntry]]:
        """Return the papers of the month pages that no mailing of the archive holds, by the date where their id belongs."""
        held = {entry.id for digest in ours.values() for entry in digest.entries}
        missing: list[PaperId] = []
        for month in dict.fromkeys(map(_id_month_of, ours.values())):
            for paper, primary in (self.months.load(month) or {}).items():
                is_near = any(one is not None and one.day in ours for one in self.ranges.around(paper))
                is_own = is_same_category(primary, self.work.config.archive.category)
                if paper not in held and is_near and not self._is_rightly_held(paper, is_own=is_own):
                    missing.append(paper)
        texts.load_from_api([(paper, 1) for paper in missing])
        by_day: dict[date, list[ApiEntry]] = {}
        for paper in missing:
            found = texts.answered.get((paper, 1))
            dated = self._date_by_id(paper, found) if found is not None else None
            if found is not None and dated is not None:
                by_day.setdefault(dated.day, []).append(found)
        return by_day

    def _is_rightly_held(self, paper: PaperId, *, is_own: bool) -> bool:
        """Say whether the archive holds the paper, other than as a new submission in mailings where it does not belong."""
        held = self.work.store.list_appearances(paper)
        if not held:
            return paper in self.without_rows
        return not (is_own and all(self._is_misplaced(one, paper) for one in held))

    def _is_misplaced(self, appearance: Appearance, paper: PaperId) -> bool:
        """Say whether a new submission is in a mailing that its id does not belong to."""
        is_outside = self.ranges.of(appearance.day) is None
        is_stray = (appearance.day, paper) in self.ranges.strays
        return appearance.section is not Section.CROSS and (is_outside or is_stray)


def _version_to_request(entry: Entry) -> VersionRequest:
    """Return the version whose text an entry should hold: the one recorded, else the first."""
    return entry.id, entry.version or 1


def _id_month_of(digest: Digest) -> IdMonth:
    """Return the id-month of the mailing: the one that most of its ids carry."""
    months = [id_month(entry.id) for entry in digest.entries]
    return max(set(months), key=months.count)


def _show_entry(entry: Entry, found: ApiEntry | None) -> Entry:
    """Return our entry with upstream's text, unchanged where the API gave none. A text without its lines gets ours."""
    if found is None:
        return Entry(entry.id, entry.title, entry.abstract)
    abstract = entry.abstract if _lost_its_lines(entry, found) else found.paper.abstract or ""
    return Entry(entry.id, found.paper.title, abstract, None, found.paper.version)


def _lost_its_lines(entry: Entry, found: ApiEntry | None) -> bool:
    """Return whether the API's abstract is ours without its paragraphs: since 2026 the API folds all line ends."""
    theirs = (found.paper.abstract or "") if found is not None else ""
    return "<br>" in entry.abstract and "<br>" not in theirs and has_same_words(entry.abstract, theirs)


def _count_requests(work: Workspace, days: Sequence[date]) -> RequestCount:
    """Count the lists of ids with one more a month for texts that differ, and the parts of each month page."""
    held = work.store.mailings(min(days), max(days)) if days else {}
    papers = {day: row.papers for day, row in held.items() if day in days}
    months: dict[IdMonth, int] = {}
    for day, count in papers.items():
        months[day.year, day.month] = months.get((day.year, day.month), 0) + count
    papers_a_month = sum(papers.values()) / max(len(papers), 1) * _MAILINGS_A_MONTH
    lists = sum(ceil(count / BATCH) + 1 for count in months.values())
    return RequestCount(api=lists, pages=len(months) * ceil(papers_a_month / _ENTRIES_A_PAGE))


SOURCE = Source(
    show=show,
    out_of_reach=lambda _work, _day: None,
    count_requests=_count_requests,
    default_days=list_all_held_days,
    asks_api=True,
    auto=2,
)
