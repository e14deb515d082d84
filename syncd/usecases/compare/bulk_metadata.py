"""Mailings as bulk metadata in the database shows them: the date of every id by its bounds, and the newest text.

Metadata does not show sections, their order, or cross-lists that came late or were removed. It requests nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.categories import has_category, is_primary
from syncd.core.mailing.date_inference import infer_dates
from syncd.core.mailing.evidence import Bound
from syncd.core.model import Digest, Entry, Section
from syncd.core.results import NotCompared
from syncd.core.values import dataclass
from syncd.usecases.backfill.harvest import find_harvest_moment
from syncd.usecases.compare.source_view import NotAvailable, OtherMailing, SourceView, insert_entry, not_available

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from syncd.archive.sql.backfill_queries import Submission
    from syncd.core.mailing.date_inference import InferredDate
    from syncd.core.model import Paper, PaperId
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _MetadataTable:
    """What the database knows of the category's papers, with the inferred date of each.

    `newest` is the latest moment at which a first version was submitted, None without papers.
    """

    seen: Mapping[PaperId, Submission]
    inferred: Mapping[PaperId, InferredDate]
    by_day: Mapping[date, Sequence[PaperId]]
    newest: datetime | None


def show(
    work: Workspace, upstream: UpstreamAccess, days: Sequence[date], *, is_complete: bool
) -> Iterator[SourceView | NotAvailable]:
    """Show each date by the metadata in the database. `is_complete` says that it holds every paper of the category."""
    if not days:
        return
    table = _read_table(work)
    for day in days:
        upstream.control.check_cancelled()
        if table.newest is None or mailing.listing_date(table.newest, work.calendar()) < day:
            yield not_available(day, "the database holds no metadata of that time")
        elif (ours := work.store.digest(day)) is None:
            yield not_available(day, "not held; metadata alone cannot prove that nothing else was announced")
        else:
            yield _view(work, table, ours, is_complete=is_complete)


def _read_table(work: Workspace) -> _MetadataTable:
    category = work.config.archive.category
    seen: dict[PaperId, Submission] = {}
    newest = None

    def read_bounds() -> Iterator[Bound]:
        nonlocal newest
        for one in work.store.list_submissions():
            if has_category(one.categories, category):
                seen[one.id] = one
                newest = one.submitted if newest is None else max(newest, one.submitted)
            yield Bound(one.id, one.submitted, one.datestamp)

    # Papers of other categories bound the ids of ours as well, so all of them take part in the inference.
    dates = infer_dates(read_bounds(), work.calendar()).dates
    inferred = {one.id: one for one in dates if one.id in seen}
    by_day: dict[date, list[PaperId]] = {}
    for paper, found in inferred.items():
        by_day.setdefault(found.day, []).append(paper)
    return _MetadataTable(seen, inferred, by_day, newest)


def _view(work: Workspace, table: _MetadataTable, ours: Digest, *, is_complete: bool) -> SourceView:
    day, category = ours.day, ours.category
    current = work.store.get_current_papers([entry.id for entry in ours.entries])
    entries: list[Entry] = []
    others: dict[PaperId, OtherMailing] = {}
    skipped = [
        NotCompared(day, "sections and order", "metadata has neither"),
        *_describe_age(work, day, is_complete=is_complete),
    ]
    for entry in ours.entries:
        seen, paper = table.seen.get(entry.id), current.get(entry.id)
        if seen is None or paper is None:
            if is_complete and entry.section is not None:
                continue  # it has left the category
            skipped.append(NotCompared(day, f"metadata of {entry.id}", "the database holds none"))
            entries.append(Entry(entry.id, entry.title, entry.abstract))
            continue
        inferred = table.inferred[entry.id]
        # A cross-list may be announced on any later date: only a new submission can be in the wrong mailing.
        if (
            entry.section is not Section.CROSS
            and is_primary(seen.categories, category)
            and not _is_possible(inferred, day)
        ):
            others[entry.id] = OtherMailing(inferred.day, _format_evidence(inferred))
        else:
            entries.append(Entry(entry.id, paper.title, paper.abstract or "", None, paper.version))
    theirs = Digest(day, category, tuple(entries), ours.tail)
    for paper in _find_missing(work, table, ours):
        section = Section.NEW if is_primary(table.seen[paper.id].categories, category) else Section.CROSS
        theirs = insert_entry(theirs, Entry(paper.id, paper.title, paper.abstract or "", section, paper.version))
    return SourceView(ours, theirs, "bulk metadata", others, tuple(skipped))


def _describe_age(work: Workspace, day: date, *, is_complete: bool) -> Iterator[NotCompared]:
    """Yield since when the metadata of a mailing may have changed at arXiv. A harvest brings all that changed before it."""
    seen = find_harvest_moment(work) if is_complete else work.store.find_oldest_sighting(day)
    if seen is not None:
        yield NotCompared(day, f"changes after {seen:%Y-%m-%d %H:%M} UTC", "the metadata is as seen then")


def _is_possible(inferred: InferredDate, day: date) -> bool:
    """Say whether a paper may have been announced on a date, by its bounds."""
    return inferred.low <= day and (inferred.high is None or day <= inferred.high)


def _format_evidence(inferred: InferredDate) -> str:
    upper = f"touched by {inferred.high} already" if inferred.high else "nothing bounds it from above"
    return f"not announced before {inferred.low} by the first versions up to its id, {upper} ({inferred.certainty})"


def _find_missing(work: Workspace, table: _MetadataTable, ours: Digest) -> Iterator[Paper]:
    """Find the papers that metadata dates to this day, and that the archive should hold in it.

    A paper is left out when another mailing holds it, or when a mailing that is not held could have announced it.
    """
    held = {entry.id for entry in ours.entries}
    missing = [paper for paper in table.by_day.get(ours.day, ()) if paper not in held]
    current = work.store.get_current_papers(missing) if missing else {}
    for paper in missing:
        inferred = table.inferred[paper]
        due = mailing.due_between(work.calendar(), inferred.low, inferred.high or inferred.day)
        all_held = set(due) <= set(work.store.mailings(inferred.low, inferred.high or inferred.day))
        if all_held and paper in current and not _is_rightly_held(work, table, paper):
            yield current[paper]


def _is_rightly_held(work: Workspace, table: _MetadataTable, paper: PaperId) -> bool:
    """Say whether a mailing of the archive holds the paper, other than as a new submission on a date it cannot have."""
    held = work.store.list_appearances(paper)
    if not is_primary(table.seen[paper].categories, work.config.archive.category):
        return bool(held)
    return any(_is_possible(table.inferred[paper], one.day) or one.section is Section.CROSS for one in held)
