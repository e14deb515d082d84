"""Mailings beyond the reach of catchup pages: texts by lists of ids from the API, members by the month pages.

    days ─► ids ─► API: the version announced, and today's categories ┐
         └─► months ─► ids of each day's block                        ┴─► Statement; sections and order are not known

It asks for nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.errors import FolderError, PageError, Unexpected
from syncd.core.model import Digest, Entry, Placed, Section, id_month
from syncd.core.results import NotCompared
from syncd.sources import listing
from syncd.usecases.compare.api_texts import Texts
from syncd.usecases.compare.id_ranges import Blocks, blocks
from syncd.usecases.compare.statement import Elsewhere, Silence, Statement, inserted, silence
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.core.results import Appearance
    from syncd.sources.api import ApiEntry, VersionRequest
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace

MARGIN = timedelta(days=10)
"""Mailings so far around the dates compared tell where their blocks of ids begin and end."""
_UNKNOWN = "sections and order"
_WHY = "the API tells neither in which section a paper was announced nor in which order"

Month = tuple[int, int]


def state(work: Workspace, means: UpstreamAccess, days: Sequence[date]) -> Iterator[Statement | Silence]:
    """The held dates, newest first, a month of them at a time; one that is not held has no ids to ask for."""
    asker = _Asker(work, means, _blocks_around(work, days), _unregistered(work))
    for _, page in groupby(sorted(days, reverse=True), key=lambda day: (day.year, day.month)):
        yield from asker.month(list(page))


def _blocks_around(work: Workspace, days: Sequence[date]) -> Blocks:
    first, last = min(days) - MARGIN, max(days) + MARGIN
    return blocks({digest.day: [e.id for e in digest.entries] for digest in work.store.digests(first, last)})


def _unregistered(work: Workspace) -> frozenset[PaperId]:
    """The papers of files that have no rows: held all the same, as late cross-lists of other days may be."""
    rows = work.store.mailings()
    found: set[PaperId] = set()
    for day, _ in work.folder.days():
        if day not in rows and (data := _read(work, day)) is not None:
            digest = digests.parse(data, work.config.archive.category).digest
            found.update(entry.id for entry in (digest.entries if digest is not None else ()))
    return frozenset(found)


def _read(work: Workspace, day: date) -> bytes | None:
    try:
        return work.folder.read(day)
    except FolderError:
        return None


@dataclass(slots=True)
class _Asker:
    """One run over days, newest first, with what it has learnt so far."""

    work: Workspace
    means: UpstreamAccess
    blocks: Blocks
    unregistered: frozenset[PaperId]
    months: dict[Month, dict[PaperId, str] | None] = field(default_factory=dict)

    def month(self, days: Sequence[date]) -> Iterator[Statement | Silence]:
        """The dates of one month."""
        held = {digest.day: digest for digest in self.work.store.digests(min(days), max(days))}
        ours = {day: held[day] for day in days if day in held}
        texts = Texts(self.work, self.means.web)
        texts.listen([announced(entry) for digest in ours.values() for entry in digest.entries])
        extra = self._extra(ours, texts)
        for day in days:
            self.means.control.check_cancelled()
            if day in ours:
                yield self._stated(ours[day], texts, extra.get(day, ()))
            else:
                yield silence(day, "not held, so that there are no ids to ask for")

    def _stated(self, ours: Digest, texts: Texts, extra: Iterable[ApiEntry]) -> Statement:
        category = self.work.config.archive.category
        entries: list[Entry] = []
        elsewhere: dict[PaperId, Elsewhere] = {}
        absent: list[PaperId] = []
        for entry in ours.entries:
            found = texts.held.get(announced(entry))
            if found is None:
                absent.append(entry.id)
            place = self._elsewhere(ours, entry, found, category)
            if place is not None:
                elsewhere[entry.id] = place
            elif self._is_member(entry, found, category):
                entries.append(_shown(entry, found))
        theirs = Digest(ours.day, ours.category, tuple(entries), ours.tail)
        for found in sorted(extra, key=lambda one: one.paper.id):
            theirs = _with(theirs, found, category)
        return Statement(
            _told_sections(ours, texts, category), theirs, "API and month page", elsewhere, self._skipped(ours, absent)
        )

    def _skipped(self, ours: Digest, absent: Sequence[PaperId]) -> tuple[NotCompared, ...]:
        day = ours.day
        found = [NotCompared(day, _UNKNOWN, _WHY)]
        if self._listed(_month_of(ours)) is None:
            found.append(NotCompared(day, "papers that the archive lacks", "the month page cannot be believed"))
        found += [NotCompared(day, f"text of {paper}", "the API kept it back when asked twice") for paper in absent]
        return tuple(found)

    def _is_member(self, entry: Entry, found: ApiEntry | None, category: str) -> bool:
        """Whether upstream still counts the paper to the category, by the month page where it is at hand."""
        listed = self.months.get(id_month(entry.id))
        if listed is not None and entry.id in listed:
            return True
        if found is not None:
            return category in found.paper.categories
        return listed is None

    def _elsewhere(self, ours: Digest, entry: Entry, found: ApiEntry | None, category: str) -> Elsewhere | None:
        """Where a new submission belongs whose id stands in the block of another mailing."""
        if (ours.day, entry.id) not in self.blocks.strays or found is None or found.paper.categories[0] != category:
            return None
        if entry.section is Section.CROSS:
            return None
        by_time = Elsewhere(*self._submitted(found))
        if by_time.day == ours.day:
            return None  # of two papers that changed places at a border, it is the other that moved
        return self._place(entry.id, found) or by_time

    def _submitted(self, found: ApiEntry) -> tuple[date, str]:
        """The mailing that a paper would be in by its own time, and that time in words."""
        told = f"first submitted {found.published:%Y-%m-%d %H:%M} UTC"
        return mailing.listing_date(found.published, self.work.calendar()), told

    def _place(self, paper: PaperId, found: ApiEntry) -> Elsewhere | None:
        before, after = self.blocks.around(paper)
        if before is not None and before is after:
            return Elsewhere(before.day, f"its id stands in the block {before.first} … {before.last} of {before.day}")
        submitted, told = self._submitted(found)
        near = {block.day for block in (before, after) if block is not None}
        if before is not None and after is not None:
            # Given at the announcement: between two blocks, only its own time can tell to which it belongs.
            between = before.day + timedelta(1), after.day - timedelta(1)
            if not any(mailing.due_between(self.work.calendar(), *between)):
                return Elsewhere(after.day if submitted >= after.day else before.day, told)
        return Elsewhere(submitted, told) if submitted in near else None

    def _extra(self, ours: Mapping[date, Digest], texts: Texts) -> dict[date, list[ApiEntry]]:
        """The papers of the months' pages that no mailing of the archive holds, by the date to which their id belongs."""
        unknown: list[PaperId] = []
        for month in dict.fromkeys(map(_month_of, ours.values())):
            listed = self._listed(month) or {}
            known = {paper for digest in ours.values() for paper in (e.id for e in digest.entries)}
            candidates = [paper for paper in listed if paper not in known and self._is_near(paper, ours)]
            is_own = {paper: primary == self.work.config.archive.category for paper, primary in listed.items()}
            unknown += [paper for paper in candidates if self._is_lacking(paper, is_own=is_own[paper])]
        texts.listen([(paper, 1) for paper in unknown])
        found: dict[date, list[ApiEntry]] = {}
        for paper in unknown:
            text = texts.held.get((paper, 1))
            place = self._place(paper, text) if text is not None else None
            if text is not None and place is not None:
                found.setdefault(place.day, []).append(text)
        return found

    def _is_lacking(self, paper: PaperId, *, is_own: bool) -> bool:
        """Whether no mailing holds the paper, or a new submission stands in none but wrong ones."""
        held = self.work.store.list_appearances(paper)
        if not held:
            return paper not in self.unregistered
        return is_own and all(self._is_astray(seen, paper) for seen in held)

    def _is_astray(self, seen: Appearance, paper: PaperId) -> bool:
        """Whether a new submission stands in a mailing that its id does not belong to."""
        beyond = self.blocks.of(seen.day) is None
        return seen.section is not Section.CROSS and (beyond or (seen.day, paper) in self.blocks.strays)

    def _is_near(self, paper: PaperId, ours: Mapping[date, Digest]) -> bool:
        before, after = self.blocks.around(paper)
        return any(block is not None and block.day in ours for block in (before, after))

    def _listed(self, month: Month) -> dict[PaperId, str] | None:
        """The members of an id-month with their primary categories; None where the page cannot be believed."""
        if month not in self.months:
            self.months[month] = self._fetched(month)
        return self.months[month]

    def _fetched(self, month: Month) -> dict[PaperId, str] | None:
        try:
            account = self.means.listing.fetch_month(*month)
            try:
                ids = listing.month_ids(account.pages)
            except PageError as error:
                raise RejectedPage(error, account.responses) from error
        except RejectedPage as refused:
            keep_rejected(self.work, refused, None)
            return None
        except Unexpected:
            return None
        primary = {item.paper.id: item.paper.categories[0] for page in account.pages for item in page.items}
        return {paper: primary[paper] for paper in ids}


def announced(entry: Entry) -> VersionRequest:
    """The version whose text an entry should hold: the one recorded, else the first."""
    return entry.id, entry.version or 1


def _month_of(digest: Digest) -> Month:
    """The id-month of the mailing: the one that most of its ids carry."""
    months = [id_month(entry.id) for entry in digest.entries]
    return max(set(months), key=months.count)


def _shown(entry: Entry, found: ApiEntry | None) -> Entry:
    """Our entry with upstream's text; as it is where upstream gave none."""
    if found is None:
        return Entry(entry.id, entry.title, entry.abstract)
    return Entry(entry.id, found.paper.title, found.paper.abstract or "", None, found.paper.version)


def _told_sections(ours: Digest, texts: Texts, category: str) -> Digest:
    """Our digest with the sections that today's primary categories suggest, where nothing better is known."""

    def told(entry: Entry) -> Entry:
        found = texts.held.get(announced(entry))
        if entry.section is not None or found is None:
            return entry
        return replace(entry, section=Section.NEW if found.paper.categories[0] == category else Section.CROSS)

    return replace(ours, entries=tuple(map(told, ours.entries)))


def _with(digest: Digest, found: ApiEntry, category: str) -> Digest:
    """The digest with one paper more, where the order of its block wants it."""
    paper = found.paper
    section = Section.NEW if paper.categories[0] == category else Section.CROSS
    entry = Entry(paper.id, paper.title, paper.abstract or "", section, paper.version, Placed.BOUNDED)
    return replace(digest, entries=inserted(digest.entries, entry))
