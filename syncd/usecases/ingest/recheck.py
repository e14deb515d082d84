"""The newest mailings compared with one `/recent` page; a page of its own is asked for only where a day differs.

What differs is reported and never rewritten. A mailing that arXiv shows and the archive does not know of is let in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core import digest as digests
from syncd.core.errors import PageError
from syncd.core.mailing.windows import REACH
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
    """What a comparison saw: the days it looked at, the differences, the mailings it found to be missing."""

    days: set[date] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    outcomes: list[DayOutcome] = field(default_factory=list)
    error: PageError | None = None


def recheck(work: Workspace, upstream: ListingClient, again: Iterable[date] = ()) -> Rechecked:
    """Compare the newest mailings with what arXiv shows now, and those of `again`; UpstreamError when it cannot be asked.

    A day too old for a page of its own has nothing to differ from any more. A page that cannot be believed is kept, and is the
    `error` of the result.
    """
    done = Rechecked()
    try:
        days, _ = upstream.fetch_recent()
    except RejectedPage as refused:
        done.error = keep_rejected(work, refused, None)
        return done
    except PageError as error:
        done.error = error
        return done
    since = work.config.archive.since
    shown = [day for day in days if day.is_whole and day.is_trusted and since <= day.day <= today(work)]
    for account in shown:
        if _agrees(work, account):
            done.days.add(account.day)
        else:
            _look_closer(work, upstream, account.day, done)
    for day in sorted(set(again) - {account.day for account in shown}):
        if day >= today(work) - REACH:
            _look_closer(work, upstream, day, done)
        else:
            done.days.add(day)
    return done


def _agrees(work: Workspace, day: RecentDay) -> bool:
    digest = work.store.digest(day.day)
    ours = set() if digest is None else {entry.id for entry in digest.entries}
    return ours == {*day.new, *day.cross}


def _look_closer(work: Workspace, upstream: ListingClient, day: date, done: Rechecked) -> None:
    ours = work.store.digest(day)
    try:
        account = upstream.fetch_catchup(day)
        if ours is not None:
            done.changes += _differences(work, ours, account)
            done.days.add(day)
            return
        outcome = accept(IngestContext(work, upstream), account, day)
    except RejectedPage as refused:
        outcome = reject(work, refused, day)
    except PageError as error:
        done.error = error
        return
    if outcome.action is not Done.NONE:
        done.outcomes.append(outcome)


def _differences(work: Workspace, ours: Digest, account: FetchedListing) -> Sequence[Change]:
    """What the page of the day says otherwise, and no person has accepted; a section not known for certain is no difference."""
    theirs = digests.from_listing(account.assemble(ours.day), work.config.archive.category)
    known = {entry.id: entry.section for entry in theirs.entries}
    entries = (replace(e, section=known.get(e.id)) if e.section is None else e for e in ours.entries)
    accepted = work.store.list_accepted()
    found = diffs.compare(replace(ours, entries=tuple(entries)), theirs)
    return [change for change in found if replace(change, detail="") not in accepted]
