"""The ledger as it stands: what is held, what is missing and why, how far behind, and what comes next. It changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syncd import coverage, mailing
from syncd.model import State
from syncd.results import Rest, Status
from syncd.usecases.asking import open_ledger

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.usecases.workspace import Workspace


def status(work: Workspace, since: date | None = None, until: date | None = None) -> Status:
    """The ledger from `since` (default: the archive's) to `until` (default: the newest date that could be announced)."""
    now = work.now()
    newest = coverage.newest_possible(now)
    first, last = since or work.config.archive.since, until or newest
    reports = work.reports(min(first, work.config.archive.since), max(last, newest))
    everything = [r for r in reports if work.config.archive.since <= r.day <= newest]
    held = coverage.newest_held(everything)
    with open_ledger(work) as ledger:
        rests = tuple(Rest(rest.host, rest.until) for rest in ledger.rests())
    return Status(
        days=tuple(r for r in reports if first <= r.day <= last),
        gaps=coverage.gaps(everything),
        lag=lag(work, held),
        newest=held,
        next_poll=next_poll(work, held),
        rests=rests,
    )


def is_healthy(found: Status) -> bool:
    """Whether nothing is missing, broken or in conflict, and the newest mailing due is held."""
    broken = {State.CONFLICT, State.FAILED, State.PARTIAL}
    return not found.gaps and found.lag == 0 and not any(day.state in broken for day in found.days)


def lag(work: Workspace, held: date | None) -> int:
    """How many listing dates are due by the calendar after the newest one held (all since the archive's begin, if none is)."""
    calendar = work.calendar()
    first = held + timedelta(days=1) if held else work.config.archive.since
    return sum(1 for _ in mailing.due_between(calendar, first, mailing.newest_due(work.now(), calendar)))


def next_poll(work: Workspace, held: date | None) -> datetime | None:
    """When to look next, in New York's time: now while the newest mailing due is missing, else at the next announcement."""
    now, calendar = work.now(), work.calendar()
    newest = mailing.newest_due(now, calendar)
    if (held is None or held < newest) and coverage.is_open(work.report(newest).state):
        return now.astimezone(mailing.NEW_YORK)
    return mailing.next_announcement(now, calendar)
