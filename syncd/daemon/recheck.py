"""The newest mailings compared with one `/recent` page; a page of its own is asked for only where a day differs.

What differs is reported and never rewritten. A mailing that arXiv shows and the archive does not know of is let in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.errors import PageError
from syncd.results import Done
from syncd.usecases.accepting import Door, accept, keep_refused, refuse, today
from syncd.usecases.compare import with_upstream
from syncd.usecases.fetching import Refused

if TYPE_CHECKING:
    from syncd.model import Change
    from syncd.results import DayOutcome
    from syncd.sources.listing import DayAccount
    from syncd.usecases.fetching import Upstream
    from syncd.usecases.workspace import Workspace


@dataclass(slots=True)
class Rechecked:
    """What a comparison saw: the days it could look at, the differences, the mailings it found to be missing."""

    days: list[DayAccount] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    outcomes: list[DayOutcome] = field(default_factory=list)
    error: PageError | None = None


def recheck(work: Workspace, upstream: Upstream) -> Rechecked:
    """Compare the newest mailings with what arXiv shows now; UpstreamError when it cannot be asked.

    A page that cannot be believed is kept, and is the `error` of the result.
    """
    done = Rechecked()
    try:
        days, _ = upstream.recent()
    except Refused as refused:
        done.error = keep_refused(work, refused, None)
        return done
    except PageError as error:
        done.error = error
        return done
    since = work.config.archive.since
    done.days = [day for day in days if day.whole and day.trusted and since <= day.day <= today(work)]
    for day in done.days:
        if not _agrees(work, day):
            _look_closer(work, upstream, day, done)
    return done


def _agrees(work: Workspace, day: DayAccount) -> bool:
    digest = work.store.digest(day.day)
    ours = set() if digest is None else {entry.id for entry in digest.entries}
    return ours == {*day.new, *day.cross}


def _look_closer(work: Workspace, upstream: Upstream, day: DayAccount, done: Rechecked) -> None:
    if work.store.mailing(day.day) is not None:
        done.changes += with_upstream(work, upstream, [day.day]).changes
        return
    try:
        outcome = accept(Door(work, upstream), upstream.catchup(day.day), day.day)
    except Refused as refused:
        outcome = refuse(work, refused, day.day)
    if outcome.action is not Done.NONE:
        done.outcomes.append(outcome)
