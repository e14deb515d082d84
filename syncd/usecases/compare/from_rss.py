"""The newest mailing as the RSS feed states it, a feed that may be yesterday's. It states no other date."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.errors import PageError
from syncd.core.model import Change, Listing
from syncd.sources import rss
from syncd.usecases.compare.statement import Silence, Statement, silence
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.sources.rss import Feed
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response


def state(work: Workspace, means: UpstreamAccess, days: Sequence[date]) -> Iterator[Statement | Silence]:
    """Today's mailing if it is among `days`; a feed of an older mailing is named as stale and states nothing."""
    for day in days:
        if day != today(work):
            yield silence(day, f"the feed holds the mailing of {today(work)} only")
            continue
        try:
            feed, _ = fetch(work, means.web)
        except RejectedPage as refused:
            error = keep_rejected(work, refused, day)
            yield silence(day, f"the feed cannot be believed: {error.detail}")
            continue
        yield _stated(work, feed, day)


def fetch(work: Workspace, web: WebClient) -> tuple[Feed, Response]:
    """The feed as it is now; Refused, with the raw response, when it is not understood."""
    url = rss.feed_url(work.config.upstream.rss_url, work.config.archive.category)
    response = web.get(url, expect="xml")
    try:
        return rss.read(response.body), response
    except PageError as error:
        error.url = url
        raise RejectedPage(error, (response,)) from error


def older_mailing(work: Workspace, feed: Feed, day: date) -> date | None:
    """The held mailing of another date to which most of the feed's new papers belong; None when there is none."""
    known = work.store.find_other_days([paper.id for paper in feed.new], day)
    counts = Counter(date_ for days in known.values() for date_ in days)
    if not counts:
        return None
    (other, count), *_ = counts.most_common(1)
    return other if count * 2 > len(feed.new) else None


def _stated(work: Workspace, feed: Feed, day: date) -> Statement | Silence:
    if not feed.new and not feed.cross:
        return silence(day, "the feed is empty, which proves nothing")
    other = older_mailing(work, feed, day)
    if other is not None:
        told = f"the feed built {feed.built:%Y-%m-%d %H:%M} UTC holds the mailing of {other}"
        found = silence(day, f"stale source: {told}")
        return Silence(found.not_compared, (Change(day, "stale-source", detail=told),))
    listing = Listing(day, feed.new, feed.cross, tuple(paper.id for paper in feed.replaced), "rss")
    theirs = digests.from_listing(listing, work.config.archive.category)
    return Statement(work.store.digest(day), theirs, "the RSS feed", is_exact=True)
