"""`oai`: bulk metadata over OAI-PMH, with all that was modified since the last harvest."""

from __future__ import annotations

from datetime import UTC, timedelta
from math import ceil
from typing import TYPE_CHECKING

from syncd.usecases.backfill.harvest import COMPLETE_AFTER, DateRange, find_start, harvest, is_covered
from syncd.usecases.compare import bulk_metadata
from syncd.usecases.compare.select import list_all_held_days
from syncd.usecases.compare.source_view import NotAvailable, RequestCount, Source, SourceView, rejected
from syncd.usecases.cost_figures import OAI_PAGE, PAPERS_A_MAILING
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace

_MAILINGS_A_WEEK = 5


def show(work: Workspace, upstream: UpstreamAccess, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
    """Show these dates by OAI's metadata, after a harvest of what was modified since the one before."""
    if not days:
        return
    try:
        dates = DateRange(min(days), max(days))
        unread = harvest(work, upstream.web, dates, upstream.control, as_of_now=True)
    except RejectedPage as page:
        error = keep_rejected(work, page, None)
        yield from (rejected(day, f"upstream's answer was rejected: {error.detail}") for day in days)
        return
    # While a record cannot be read, a paper without metadata may still be in the category.
    yield from bulk_metadata.show(work, upstream, days, is_complete=not unread)


def explain_out_of_reach(work: Workspace, day: date) -> str | None:
    """Return why a date is too recent for bulk metadata, or None when its mailing is in it for certain."""
    if day <= work.now().astimezone(UTC).date() - COMPLETE_AFTER:
        return None
    return f"bulk metadata is complete {COMPLETE_AFTER.days} days after the mailing"


def count_requests(work: Workspace, days: Sequence[date]) -> RequestCount:
    """Count the pages of a harvest, which brings everything modified since the first date, or since the harvest before."""
    if not days or is_covered(work, DateRange(min(days), max(days)), as_of_now=True):
        return RequestCount()
    weeks = (today(work) - find_start(work, min(days))) / timedelta(days=7) + 1
    return RequestCount(api=ceil(weeks * _MAILINGS_A_WEEK * PAPERS_A_MAILING / OAI_PAGE))


SOURCE = Source(
    show=show,
    out_of_reach=explain_out_of_reach,
    count_requests=count_requests,
    default_days=list_all_held_days,
    asks_api=False,
)
