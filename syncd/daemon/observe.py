"""How an archive stands for the schedule and for its health, read from the ledger; it asks nothing and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncd.core import coverage, health, mailing
from syncd.core.reconcile import plan_fetches
from syncd.daemon.schedule import Standing
from syncd.usecases.upstream import open_ledger

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.archive.sql.ledger import HostPause
    from syncd.core.health import Health, Hours
    from syncd.usecases.workspace import Workspace

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the archive: what the schedule needs, how well it is, how many mailings it lags behind, the hosts at rest.

    `states` counts the dates of the ledger by state.
    """

    standing: Standing
    health: Health
    lag: int
    rests: tuple[HostPause, ...]
    states: dict[str, int]


def observe(work: Workspace, hours: Hours) -> Seen:
    """The archive at its clock's present."""
    now = work.now().astimezone(UTC)
    since, newest = work.config.archive.since, coverage.newest_possible(now)
    calendar = work.calendar()
    due = mailing.newest_due(now, calendar)
    reports = work.reports(since, newest)
    found = health.assess(reports, now, hours)
    still_open = {fetch.day for fetch in plan_fetches(reports)}
    nearest = now.astimezone(mailing.NEW_YORK).date() - health.REACH
    with open_ledger(work) as ledger:
        rests = ledger.list_pauses()
    standing = Standing(
        due=due,
        waiting=due in still_open,
        next_due=mailing.next_announcement(now, calendar).date() + _DAY,
        missing=tuple(day for day in sorted(still_open - {due}) if day >= nearest),
        held=found.newest,
        resting=_resting(work, rests),
        stopped=next((rest.host for rest in rests if rest.until is None), None),
    )
    first = found.newest + _DAY if found.newest else since
    lag = sum(1 for _ in mailing.due_between(calendar, first, due))
    states: dict[str, int] = {}
    for report in reports:
        states[report.state] = states.get(report.state, 0) + 1
    return Seen(standing, found, lag, rests, states)


def _resting(work: Workspace, rests: tuple[HostPause, ...]) -> datetime | None:
    """Until when the host of the listing pages rests."""
    host = urlsplit(work.config.upstream.listing_url).netloc.lower()
    return next((rest.until for rest in rests if rest.until is not None and rest.host in host), None)
