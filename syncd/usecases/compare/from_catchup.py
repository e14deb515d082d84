"""`catchup`: arXiv's listing pages of the last 90 days.

They show members, sections, their order, and the texts of today. Texts are not assessed here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core import coverage, guards
from syncd.core import digest as digests
from syncd.core.errors import GuardRefused, PageError, Unexpected
from syncd.core.guards import MOST_SIZES
from syncd.core.mailing import REACH
from syncd.core.model import Change, State
from syncd.core.plural import pluralize
from syncd.core.withdrawals import says_withdrawn
from syncd.usecases.compare.observations import remember_listing
from syncd.usecases.compare.select import list_recent_days
from syncd.usecases.compare.source_view import NotAvailable, RequestCount, Source, SourceView, not_available, rejected
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from syncd.core.model import Digest, Listing
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


def show(work: Workspace, upstream: UpstreamAccess, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
    """Show each date by its page. A page that is refused, stale or doubtful is kept and shows nothing."""
    for day in days:
        upstream.control.check_cancelled()
        reason = _explain_no_page(work, day)
        yield _request_page(work, upstream, day) if reason is None else not_available(day, reason)


def _request_page(work: Workspace, upstream: UpstreamAccess, day: date) -> SourceView | NotAvailable:
    try:
        fetched = upstream.listing.fetch_catchup(day)
        try:
            return _view(work, fetched.assemble(day), day, fetched.responses[-1].received)
        except PageError as error:
            raise RejectedPage(error, fetched.responses) from error
    except RejectedPage as page:
        kept = keep_rejected(work, page, day)
        changes = (Change(day, "stale-source", detail=kept.detail),) if kept.reason == "stale-source" else ()
        return rejected(day, f"upstream's page was rejected: {kept.detail}", changes)
    except Unexpected as unexpected:
        return rejected(day, f"upstream's page was rejected: {unexpected.detail}")


def _explain_no_page(work: Workspace, day: date) -> str | None:
    """Return why no catchup page is requested for a date within reach, or None when one is."""
    if day > today(work):
        return "arXiv gives its page from midnight in New York on"
    report = work.report(day)
    return f"no mailing: {report.evidence}" if report.state is State.NO_MAILING else None


def _view(work: Workspace, listing: Listing, day: date, seen: datetime) -> SourceView | NotAvailable:
    """Return what a page shows that came at `seen` (UTC). GuardRefused when it cannot be the page of this date."""
    ours = work.store.digest(day)
    if listing.new or listing.cross:
        _refuse_doubtful(work, listing, ours)
        remember_listing(work, listing, seen)
        theirs = digests.from_listing(listing, work.config.archive.category)
        said = {p.id for p in (*listing.new, *listing.cross) if says_withdrawn(p.metadata.comments)}
        return SourceView(ours, theirs, f"the catchup page of {day}", is_exact=True, said_withdrawn=frozenset(said))
    if ours is not None:
        raise GuardRefused("the page is empty, the archive holds papers", reason="shrunk", day=day)
    due = coverage.is_open(work.report(day).state)
    return not_available(day, "the page is empty" + (", and may still fill" if due else ""))


def _refuse_doubtful(work: Workspace, listing: Listing, ours: Digest | None) -> None:
    """Raise GuardRefused for the page of another mailing, or one cut short.

    A few papers too many or too few are differences, not a reason to refuse the page.
    """
    papers = [paper.id for paper in listing.new]
    around = work.store.surroundings(listing.day, papers, MOST_SIZES)
    known = around.elsewhere or {}
    again = [paper for paper in papers if paper in known]
    # A mailing that the archive recorded under two dates repeats papers as well. Then the page agrees with what is held.
    if len(again) * 2 > len(papers) and _is_strange(listing, ours):
        detail = f"it shows {pluralize(len(again), 'paper')} of another mailing, e.g. {again[0]} of {known[again[0]]}"
        raise GuardRefused(detail, reason="stale-source", day=listing.day)
    if ours is not None and _is_strange(listing, ours):
        detail = f"it shows another mailing than the archive holds for {listing.day}, to most of its papers"
        raise GuardRefused(detail, reason="stale-source", day=listing.day)
    # Papers in a wrong mailing are what a comparison must find, so the mailings around this one raise no doubt.
    alone = replace(around, before=None, after=None, elsewhere=None)
    if doubts := guards.find_doubts(listing, alone, allow_shrink=True):
        raise GuardRefused("; ".join(doubts), reason="doubtful", day=listing.day)


def _is_strange(listing: Listing, ours: Digest | None) -> bool:
    """Say whether page and archive share fewer than half of the papers of the smaller one."""
    shown = {paper.id for paper in (*listing.new, *listing.cross)}
    held = {entry.id for entry in ours.entries} if ours is not None else set()
    return len(shown & held) * 2 < min(len(shown), len(held)) or not held


def _explain_out_of_reach(work: Workspace, day: date) -> str | None:
    oldest = today(work) - REACH
    return f"listing pages reach back to {oldest}" if day < oldest else None


def _count_requests(work: Workspace, days: Sequence[date]) -> RequestCount:
    """Count one page a date, and one request for the versions of what differs."""
    pages = sum(_explain_no_page(work, day) is None for day in days)
    return RequestCount(api=int(pages > 0), pages=pages)


SOURCE = Source(
    show=show,
    out_of_reach=_explain_out_of_reach,
    count_requests=_count_requests,
    default_days=list_recent_days,
    asks_api=True,
    auto=1,
)
