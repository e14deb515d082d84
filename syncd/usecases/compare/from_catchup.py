"""Mailings as arXiv's catchup pages state them: members, sections, order, and the texts of today. It judges no text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import coverage, guards
from syncd.core import digest as digests
from syncd.core.errors import GuardRefused, PageError, Unexpected
from syncd.core.guards import SIZES
from syncd.core.mailing.windows import REACH
from syncd.core.model import Change, State
from syncd.usecases.compare.statement import Silence, Statement, silence
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.model import Digest, Listing
    from syncd.usecases.ingest.upstream_client import FetchedListing
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


def state(work: Workspace, means: UpstreamAccess, days: Sequence[date]) -> Iterator[Statement | Silence]:
    """One page a date; a page that is refused, stale or doubtful is no witness: it is kept, and states nothing."""
    for day in days:
        means.control.check_cancelled()
        reason = beyond(work, day)
        if reason is not None:
            yield silence(day, reason)
            continue
        try:
            yield _stated(work, means.listing.fetch_catchup(day), day)
        except RejectedPage as refused:
            error = keep_rejected(work, refused, day)
            yield replace(_unbelieved(day, error), changes=_stale(day, error))
        except Unexpected as error:
            yield _unbelieved(day, error)


def beyond(work: Workspace, day: date) -> str | None:
    """Why no catchup page is asked for this date; None when one is."""
    if day > today(work):
        return "arXiv gives its page from midnight in New York on"
    if day < today(work) - REACH:
        return f"listing pages reach back to {today(work) - REACH}"
    report = work.report(day)
    return f"no mailing: {report.evidence}" if report.state is State.NO_MAILING else None


def _stated(work: Workspace, account: FetchedListing, day: date) -> Statement | Silence:
    ours = work.store.digest(day)
    try:
        listing = account.assemble(day)
        if not listing.new and not listing.cross:
            return _empty(work, ours, day)
        _refuse_doubtful(work, listing, ours)
    except PageError as error:
        raise RejectedPage(error, account.responses) from error
    theirs = digests.from_listing(listing, work.config.archive.category)
    return Statement(ours, theirs, f"the catchup page of {day}", is_exact=True)


def _empty(work: Workspace, ours: Digest | None, day: date) -> Silence:
    if ours is not None:
        raise GuardRefused("the page is empty, the archive holds papers", reason="shrunk", day=day)
    due = coverage.is_open(work.report(day).state)
    return silence(day, "the page is empty" + (", and may still fill" if due else ""))


def _refuse_doubtful(work: Workspace, listing: Listing, ours: Digest | None) -> None:
    """GuardRefused for a page of another mailing under this date, or one cut short; a few papers too many or few are none."""
    papers = [paper.id for paper in listing.new]
    around = work.store.surroundings(listing.day, papers, SIZES)
    known = around.elsewhere or {}
    again = [paper for paper in papers if paper in known]
    if len(again) * 2 > len(papers) and _is_strange(listing, ours):
        detail = f"it shows {len(again)} papers of another mailing, e.g. {again[0]} of {known[again[0]]}"
        raise GuardRefused(detail, reason="stale-source", day=listing.day)
    if ours is not None and _is_strange(listing, ours):
        detail = f"it shows another mailing than the archive holds for {listing.day}, to most of its papers"
        raise GuardRefused(detail, reason="stale-source", day=listing.day)
    alone = replace(around, before=None, after=None, elsewhere=None)
    if doubts := guards.judge(listing, alone, allow_shrink=True):
        raise GuardRefused("; ".join(doubts), reason="doubtful", day=listing.day)


def _is_strange(listing: Listing, ours: Digest | None) -> bool:
    """Whether page and archive share fewer than half of the papers of the smaller one."""
    shown = {paper.id for paper in (*listing.new, *listing.cross)}
    held = {entry.id for entry in ours.entries} if ours is not None else set()
    return len(shown & held) * 2 < min(len(shown), len(held)) or not held


def _unbelieved(day: date, error: PageError | Unexpected) -> Silence:
    return silence(day, f"upstream's page cannot be believed: {error.detail}")


def _stale(day: date, error: PageError) -> tuple[Change, ...]:
    return (Change(day, "stale-source", detail=error.detail),) if error.reason == "stale-source" else ()
