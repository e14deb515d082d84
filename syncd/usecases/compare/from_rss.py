"""`rss`: today's mailing by the RSS feed, which shows no other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.errors import PageError
from syncd.core.model import Change, Listing
from syncd.core.results import NotCompared
from syncd.sources import rss
from syncd.usecases.compare.source_view import (
    NotAvailable,
    RequestCount,
    Source,
    SourceView,
    insert_entry,
    not_available,
    rejected,
)
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.model import Digest, Entry
    from syncd.sources.rss import Feed
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


def show(work: Workspace, upstream: UpstreamAccess, days: Sequence[date]) -> Iterator[SourceView | NotAvailable]:
    """Show today's mailing by the feed as it is now. A feed that is rejected is kept and shows nothing."""
    url = rss.feed_url(work.config.upstream.rss_url, work.config.archive.category)
    for day in days:
        response = upstream.web.get(url, expect="xml")
        try:
            feed = rss.read(response.body)
        except PageError as error:
            error.url = url
            keep_rejected(work, RejectedPage(error, (response,)), day)
            yield rejected(day, f"the feed was rejected: {error.detail}")
            continue
        yield _view(work, feed, day)


def _view(work: Workspace, feed: Feed, day: date) -> SourceView | NotAvailable:
    if not feed.new and not feed.cross:
        return not_available(day, "the feed is empty, which proves nothing")
    other = _find_older_mailing(work, feed, day)
    if other is not None:
        detail = f"the feed built {feed.built:%Y-%m-%d %H:%M} UTC holds the mailing of {other}"
        return not_available(day, f"stale source: {detail}", (Change(day, "stale-source", detail=detail),))
    listing = Listing(day, feed.new, feed.cross, tuple(paper.id for paper in feed.replaced), "rss")
    ours, theirs = work.store.digest(day), digests.from_listing(listing, work.config.archive.category)
    skipped = tuple(
        NotCompared(day, f"{one.where}, {one.id or 'of which no id is known'}", one.why, is_rejected=True)
        for one in feed.unreadable
    )
    for entry in ours.entries if ours is not None else ():
        if _may_be_unreadable(entry, feed, theirs):
            theirs = insert_entry(theirs, entry)
    return SourceView(ours, theirs, "the RSS feed", not_compared=skipped, is_exact=True)


def _may_be_unreadable(entry: Entry, feed: Feed, theirs: Digest) -> bool:
    """Return whether the feed lacks a paper of ours only because one of its items cannot be read."""
    is_shown = any(other.id == entry.id for other in theirs.entries)
    return not is_shown and any(one.id in {None, entry.id} for one in feed.unreadable)


def _find_older_mailing(work: Workspace, feed: Feed, day: date) -> date | None:
    """Return the held mailing of another date that holds more than half of the feed's new papers, or None without one."""
    held = work.store.find_other_days([paper.id for paper in feed.new], day)
    counts = Counter(other for days in held.values() for other in days)
    return next((other for other, count in counts.most_common(1) if count * 2 > len(feed.new)), None)


def _explain_out_of_reach(work: Workspace, day: date) -> str | None:
    return None if day == today(work) else f"the feed holds the mailing of {today(work)} only"


SOURCE = Source(
    show=show,
    out_of_reach=_explain_out_of_reach,
    # The feed itself, and one request for the versions of what differs.
    count_requests=lambda _work, days: RequestCount(api=2 * len(days)),
    default_days=lambda work: [today(work)],
    asks_api=True,
)
