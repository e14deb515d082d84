"""Report the coverage: what is held, what is missing and why, how far behind, and what comes next. It changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncd.core import coverage, mailing
from syncd.core.results import Rest, Status
from syncd.usecases.inspect import open_troubles
from syncd.usecases.reconcile.lost_rows import explain_lost_rows, find_lost_rows
from syncd.usecases.upstream import open_ledger
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from syncd.core.mailing import Calendar
    from syncd.usecases.workspace import Workspace


def status(work: Workspace, since: date | None = None, until: date | None = None) -> Status:
    """Return the coverage from `since` (default: its begin) to `until` (default: the newest date that could be announced).

    Gaps, lag and the newest date held are always those of all dates.
    """
    begin, newest = work.coverage_start(), coverage.newest_possible(work.now())
    first, last = since or begin, until or newest
    reports, calendar = work.reports(min(first, begin), max(last, newest)), work.calendar()
    everything = [r for r in reports if begin <= r.day <= newest]
    held = coverage.newest_held(everything)
    with open_ledger(work) as ledger:
        rests = tuple(Rest(rest.host, rest.until) for rest in ledger.list_pauses())
        answered = ledger.find_last_success()
    all_lost = find_lost_rows(work, min(first, begin), max(last, newest))
    lost = {day: one for day, one in all_lost.items() if first <= day <= last}
    stopped = [rest.host for rest in rests if rest.until is None]
    found_now = open_troubles.list_found_now(open_troubles.assess(work, everything), stopped, all_lost.values())
    return Status(
        days=tuple(explain_lost_rows(r, lost) for r in reports if first <= r.day <= last),
        gaps=coverage.list_gaps(everything),
        lag=lag(work, calendar, held),
        newest=held,
        next_poll=next_poll(work, calendar, held, rests),
        rests=rests,
        last_answer=answered,
        unlisted_years=_list_unlisted_years(
            calendar, [r.day for r in reports if r.papers is None and first <= r.day <= last]
        ),
        lost=tuple(lost.values()),
        today=today(work),
        troubles=open_troubles.list_open(work, found_now),
    )


def _list_unlisted_years(calendar: Calendar, days: Sequence[date]) -> tuple[int, ...]:
    """Return the years of these dates whose closings are not published. Ascending."""
    years = {mailing.find_unlisted_year(day, calendar) for day in days}
    return tuple(sorted(year for year in years if year is not None))


def lag(work: Workspace, calendar: Calendar, held: date | None) -> int:
    """Return the number of listing dates due after the newest one held, or since the begin when none is held."""
    first = held + timedelta(days=1) if held else work.coverage_start()
    return sum(1 for _ in mailing.due_between(calendar, first, mailing.newest_due(work.now(), calendar)))


def next_poll(work: Workspace, calendar: Calendar, held: date | None, rests: Sequence[Rest] = ()) -> datetime | None:
    """Return the time of the next poll in New York time: now if the newest due mailing is missing, else the next announcement.

    It is never before the end of a cooldown of the listing pages' host, and None when only a person can release that host.
    """
    host = urlsplit(work.config.upstream.listing_url).hostname
    resting = [rest.until for rest in rests if rest.host == host or rest.until is None]
    if None in resting:
        return None
    wanted = _next_mailing(work, calendar, held)
    return max([wanted, *(until for until in resting if until is not None)]).astimezone(mailing.NEW_YORK)


def _next_mailing(work: Workspace, calendar: Calendar, held: date | None) -> datetime:
    now = work.now()
    newest, begin = mailing.newest_due(now, calendar), work.coverage_start()
    if newest < begin:
        return mailing.announced_at(next(mailing.due_between(calendar, begin, begin + timedelta(days=31))))
    if (held is None or held < newest) and coverage.is_open(work.report(newest).state):
        return now
    return mailing.next_announcement(now, calendar)
