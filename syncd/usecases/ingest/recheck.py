"""Compare the newest mailings with one `/recent` page. Where the papers of a day differ, it is compared as `syncd diff` does.

Differences are reported, and nothing is rewritten. A mailing that arXiv shows and the archive lacks is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core.mailing import REACH
from syncd.core.results import Done
from syncd.usecases.compare.known_differences import set_accepted_aside
from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from syncd.usecases.ingest.accept import accept, reject
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import Cancelled
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from syncd.core.errors import PageError
    from syncd.core.model import Change
    from syncd.core.results import DayOutcome, NotCompared
    from syncd.sources.listing import RecentDay
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(slots=True)
class Rechecked:
    """The result of a comparison: the days compared, the differences, and the outcomes of mailings that were missing.

    `not_compared` are the days whose page was rejected, `error` is why the page of all days was.
    """

    days: set[date] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    outcomes: list[DayOutcome] = field(default_factory=list)
    not_compared: list[NotCompared] = field(default_factory=list)
    error: PageError | None = None


def recheck(work: Workspace, upstream: UpstreamAccess, again: Iterable[date] = ()) -> Rechecked:
    """Compare the newest mailings, and those of `again`, with what arXiv shows now. UpstreamError when it cannot be asked.

    A day too old for a catchup page counts as compared, because nothing can show a difference any more. A rejected page is kept.
    Raise Cancelled where the control stops it.
    """
    done = Rechecked()
    try:
        days, _ = upstream.listing.fetch_recent()
    except RejectedPage as rejected:
        done.error = keep_rejected(work, rejected, None)
        return done
    since = work.config.archive.since
    shown = [day for day in days if day.is_whole and day.is_trusted and since <= day.day <= today(work)]
    done.days = {recent.day for recent in shown if _has_same_papers(work, recent)}
    asked = [recent.day for recent in shown if recent.day not in done.days]
    older = sorted(set(again) - {recent.day for recent in shown})
    done.days |= {day for day in older if day < today(work) - REACH}
    asked += [day for day in older if day not in done.days]
    held = work.store.mailings()
    for day in asked:
        if day not in held:
            _accept_page(work, upstream, day, done)
    _compare_pages(work, upstream, [day for day in asked if day in held], done)
    return done


def _has_same_papers(work: Workspace, day: RecentDay) -> bool:
    digest = work.store.digest(day.day)
    ours = set() if digest is None else {entry.id for entry in digest.entries}
    return ours == {*day.new, *day.cross}


def _compare_pages(work: Workspace, upstream: UpstreamAccess, days: list[date], done: Rechecked) -> None:
    """Compare these mailings by the rules of `syncd diff`, without the differences that a person has accepted."""
    parts = compare(work, upstream, Selection(tuple(days), "catchup"))
    found = gather(set_accepted_aside(work, parts))
    if found.error is not None:
        raise found.error
    if found.ended:
        raise Cancelled
    done.not_compared += [one for one in found.not_compared if one.what == "mailing"]
    done.days |= set(days) - {one.day for one in done.not_compared}
    done.changes += found.changes


def _accept_page(work: Workspace, upstream: UpstreamAccess, day: date, done: Rechecked) -> None:
    listing = upstream.listing
    try:
        outcome = accept(IngestContext(work, listing), listing.fetch_catchup(day), day)
    except RejectedPage as rejected:
        outcome = reject(work, rejected, day)
    if outcome.action is not Done.NONE:
        done.outcomes.append(outcome)
