"""Mailings as bulk metadata in the database states them: the day of every id by its bounds, and the newest text.

What metadata cannot know (sections, order, cross-lists that came late or went) it does not state. It asks for a harvest only
where none covers the dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.model import Digest, Entry, Section
from syncd.core.results import NotCompared
from syncd.usecases.backfill.harvest import COMPLETE_AFTER, DateRange, harvest, is_covered
from syncd.usecases.compare.statement import Elsewhere, Silence, Statement, inserted, silence
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from syncd.archive.sql.backfill_queries import Submission
    from syncd.core.mailing import Placement
    from syncd.core.model import Paper, PaperId
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Metadata:
    """Everything the database knows of papers, placed; `newest` is the latest first version of the category."""

    seen: Mapping[PaperId, Submission]
    placed: Mapping[PaperId, Placement]
    by_day: Mapping[date, Sequence[PaperId]]
    newest: datetime | None


def state_harvested(work: Workspace, means: UpstreamAccess, days: Sequence[date]) -> Iterator[Statement | Silence]:
    """These dates by OAI's metadata; nothing is asked where an earlier harvest covers them."""
    settled = latest_settled(work)
    wanted = [day for day in days if day <= settled]
    if wanted:
        try:
            harvest(work, means.web, DateRange(min(wanted), max(wanted)), means.control)
        except RejectedPage as refused:
            error = keep_rejected(work, refused, None)
            yield from (silence(day, f"upstream's answer cannot be believed: {error.detail}") for day in days)
            return
    for day in days:
        if day > settled:
            why = f"bulk metadata is complete {COMPLETE_AFTER.days} days after the mailing"
            yield silence(day, why)
    yield from _each(work, means, wanted, is_complete=True)


def latest_settled(work: Workspace) -> date:
    """The newest date whose mailing is in bulk metadata for certain."""
    return work.now().astimezone(UTC).date() - COMPLETE_AFTER


def costs_nothing(work: Workspace, days: Sequence[date]) -> bool:
    """Whether no request is needed for these dates."""
    settled = latest_settled(work)
    wanted = [day for day in days if day <= settled]
    return not wanted or is_covered(work, DateRange(min(wanted), max(wanted)))


def state(work: Workspace, means: UpstreamAccess, days: Sequence[date]) -> Iterator[Statement | Silence]:
    """These dates by what is in the database, whichever source brought it."""
    return _each(work, means, days, is_complete=False)


def _each(
    work: Workspace, means: UpstreamAccess, days: Sequence[date], *, is_complete: bool
) -> Iterator[Statement | Silence]:
    """State each date; `is_complete` says that every paper of the category is known."""
    if not days:
        return
    metadata = _metadata(work)
    for day in days:
        means.control.check_cancelled()
        if metadata.newest is None or mailing.listing_date(metadata.newest, work.calendar()) < day:
            yield silence(day, "the database holds no metadata of that time")
            continue
        yield _stated(work, metadata, day, is_complete=is_complete)


def _metadata(work: Workspace) -> _Metadata:
    category = work.config.archive.category
    seen: dict[PaperId, Submission] = {}
    newest = None

    def bounds() -> Iterator[mailing.Bound]:
        nonlocal newest
        for one in work.store.list_submissions():
            if category in one.categories:
                seen[one.id] = one
                newest = one.submitted if newest is None else max(newest, one.submitted)
            yield mailing.Bound(one.id, one.submitted, one.datestamp)

    placements = mailing.survey(bounds(), work.calendar()).placements
    by_day: dict[date, list[PaperId]] = {}
    for placement in placements:
        if placement.id in seen:
            by_day.setdefault(placement.day, []).append(placement.id)
    return _Metadata(seen, {one.id: one for one in placements if one.id in seen}, by_day, newest)


def _stated(work: Workspace, metadata: _Metadata, day: date, *, is_complete: bool) -> Statement | Silence:
    ours = work.store.digest(day)
    if ours is None:
        return silence(day, "not held; metadata alone cannot tell that nothing else was announced")
    category = ours.category
    current = work.store.get_current_papers([entry.id for entry in ours.entries])
    entries, elsewhere, unknown = [], {}, []
    for entry in ours.entries:
        seen, paper = metadata.seen.get(entry.id), current.get(entry.id)
        if seen is None or paper is None:
            if is_complete and entry.section is not None:
                continue  # it has left the category
            unknown.append(entry.id)
            entries.append(Entry(entry.id, entry.title, entry.abstract))
            continue
        place = metadata.placed[entry.id]
        if entry.section is not Section.CROSS and seen.categories[0] == category and not _admits(place, day):
            elsewhere[entry.id] = Elsewhere(place.day, _evidence(place))
        else:
            entries.append(Entry(entry.id, paper.title, paper.abstract or "", None, paper.version))
    theirs = Digest(day, category, tuple(entries), ours.tail)
    for one in _lacking(work, metadata, ours):
        theirs = _with(theirs, metadata.seen[one.id], one)
    skipped = [NotCompared(day, "sections and order", "metadata tells neither")]
    skipped += [NotCompared(day, f"metadata of {one}", "the database holds none") for one in unknown]
    return Statement(ours, theirs, "bulk metadata", elsewhere, tuple(skipped))


def _admits(place: Placement, day: date) -> bool:
    return place.low <= day and (place.high is None or day <= place.high)


def _evidence(place: Placement) -> str:
    until = f"touched by {place.high} already" if place.high else "nothing bounds it from above"
    return f"not announced before {place.low} by the first versions up to its id, {until} ({place.placed})"


def _lacking(work: Workspace, metadata: _Metadata, ours: Digest) -> Iterator[Paper]:
    """The papers that metadata places on the day, that no mailing holds, and that no mailing not held could have announced."""
    known = {entry.id for entry in ours.entries}
    lacking = [paper for paper in metadata.by_day.get(ours.day, ()) if paper not in known]
    if not lacking:
        return
    current = work.store.get_current_papers(lacking)
    for paper in lacking:
        place = metadata.placed[paper]
        if _is_astray(work, metadata, paper) and _is_held_between(work, place) and paper in current:
            yield current[paper]


def _is_astray(work: Workspace, metadata: _Metadata, paper: PaperId) -> bool:
    """Whether the paper stands in no mailing, or as a new submission in none but those that its bounds rule out."""
    is_own = metadata.seen[paper].categories[0] == work.config.archive.category
    held = work.store.list_appearances(paper)
    wrong = all(not _admits(metadata.placed[paper], seen.day) and seen.section is not Section.CROSS for seen in held)
    return not held or (is_own and wrong)


def _is_held_between(work: Workspace, place: Placement) -> bool:
    high = place.high or place.day
    due = set(mailing.due_between(work.calendar(), place.low, high))
    return due <= set(work.store.mailings(place.low, high))


def _with(digest: Digest, seen: Submission, paper: Paper) -> Digest:
    section = Section.NEW if seen.categories[0] == digest.category else Section.CROSS
    entry = Entry(paper.id, paper.title, paper.abstract or "", section, paper.version)
    return replace(digest, entries=inserted(digest.entries, entry))
