"""Compare the newest mailings with one `/recent` page. The catchup page of a day is asked for only where the day differs.

Differences are reported, and nothing is rewritten. A mailing that arXiv shows and the archive lacks is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core.errors import PageError
from syncd.core.mailing import REACH
from syncd.core.results import Done
from syncd.usecases.ingest.accept import accept, reject
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from syncd.core.model import Change, Digest
    from syncd.core.results import DayOutcome
    from syncd.sources.listing import RecentDay
    from syncd.usecases.ingest.upstream_client import FetchedListing, ListingClient
    from syncd.usecases.workspace import Workspace


@dataclass(slots=True)
class Rechecked:
    """The result of a comparison: the days compared, the differences, and the outcomes of mailings that were missing."""

    days: set[date] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    outcomes: list[DayOutcome] = field(default_factory=list)
    error: PageError | None = None


def recheck(work: Workspace, upstream: ListingClient, again: Iterable[date] = ()) -> Rechecked:
    """Compare the newest mailings, and those of `again`, with what arXiv shows now. UpstreamError when it cannot be asked.

    A day too old for a catchup page counts as compared, because nothing can show a difference any more. A rejected page is kept.
    It is the `error` of the result, or the outcome of its day where no mailing is held.
    """
    done = Rechecked()
    try:
        days, _ = upstream.fetch_recent()
    except RejectedPage as rejected:
        done.error = keep_rejected(work, rejected, None)
        return done
    since = work.config.archive.since
    shown = [day for day in days if day.is_whole and day.is_trusted and since <= day.day <= today(work)]
    for recent in shown:
        if _has_same_papers(work, recent):
            done.days.add(recent.day)
        else:
            _compare_page(work, upstream, recent.day, done)
    for day in sorted(set(again) - {recent.day for recent in shown}):
        if day >= today(work) - REACH:
            _compare_page(work, upstream, day, done)
        else:
            done.days.add(day)
    return done


def _has_same_papers(work: Workspace, day: RecentDay) -> bool:
    digest = work.store.digest(day.day)
    ours = set() if digest is None else {entry.id for entry in digest.entries}
    return ours == {*day.new, *day.cross}


def _compare_page(work: Workspace, upstream: ListingClient, day: date, done: Rechecked) -> None:
    ours = work.store.digest(day)
    try:
        fetched = upstream.fetch_catchup(day)
        if ours is not None:
            done.changes += _find_differences(work, ours, fetched)
            done.days.add(day)
            return
        outcome = accept(IngestContext(work, upstream), fetched, day)
    except RejectedPage as rejected:
        if ours is not None:
            done.error = keep_rejected(work, rejected, day)
            return
        outcome = reject(work, rejected, day)
    if outcome.action is not Done.NONE:
        done.outcomes.append(outcome)


def _find_differences(work: Workspace, ours: Digest, fetched: FetchedListing) -> Sequence[Change]:
    """Return what the page of the day says differently, except accepted differences and sections that are not certain."""
    try:
        listing = fetched.assemble(ours.day)
    except PageError as error:
        raise RejectedPage(error, fetched.responses) from error
    theirs = digests.from_listing(listing, work.config.archive.category)
    known = {entry.id: entry.section for entry in theirs.entries}
    entries = (replace(e, section=known.get(e.id)) if e.section is None else e for e in ours.entries)
    accepted = work.store.list_accepted()
    found = diffs.compare(replace(ours, entries=tuple(entries)), theirs)
    return [change for change in found if replace(change, detail="") not in accepted]
