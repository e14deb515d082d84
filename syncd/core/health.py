"""Which mailings are missed: those that are not held when polling for them has ended.

`status --strict`, `doctor`, `/healthz`, the metrics, the unit's status and the hooks all use it. It reads no clock, database or
file.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.mailing import NEW_YORK, REACH, announced_at
from syncd.core.model import State
from syncd.core.troubles import Trouble
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, time
    from zoneinfo import ZoneInfo

    from syncd.core.coverage import DayReport

MISSED = "mailing-missed"
"""The code of a mailing that is missing after polling for it ended."""
SILENT = "upstream-silent"
"""The code of an arXiv that cannot be asked, or does not answer."""

_HALF_A_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)
_NONE: Mapping[date, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hours:
    """The polling hours: from `begin` until `end`, by the clock of `zone`."""

    zone: ZoneInfo
    begin: time
    end: time

    def window(self, day: date) -> tuple[datetime, datetime]:
        """Return begin and end (UTC) of polling for the mailing of a listing date. It never begins before the announcement."""
        announced = announced_at(day).astimezone(UTC)
        local = announced.astimezone(self.zone).date()
        begin = self._moment(local, self.begin)
        if announced - begin > _HALF_A_DAY:
            begin = self._moment(local + _DAY, self.begin)
        begin = max(begin, announced)
        local = begin.astimezone(self.zone).date()
        end = self._moment(local, self.end)
        return begin, end if end > begin else self._moment(local + _DAY, self.end)

    def _moment(self, day: date, clock: time) -> datetime:
        # UTC, because the clock of a zone jumps twice a year and the difference of two of its times would jump too.
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Health:
    """The health of an archive. Dates ascend. `waiting` counts the open dates that listing pages no longer reach."""

    newest: date | None
    missed: tuple[DayReport, ...]
    conflicts: tuple[DayReport, ...]
    waiting: int


def assess(
    reports: Iterable[DayReport], now: datetime, hours: Hours, possible_closings: Mapping[date, int] = _NONE
) -> Health:
    """Return the health of an archive from the reports of its dates (any order) at `now` (aware).

    A mailing announced this evening is not missed before polling for it ends. A holiday, a weekend or another date without a
    mailing is never missed. A date that listing pages no longer reach needs a backfill and raises no daily alarm.

    `possible_closings` are dates of a year whose closings are not published, each with the longest row of closings it can end.
    Such a date is missed once there is a second sign: a newer mailing, a page of its own, or more dates without a mailing than
    a row of closings has.
    """
    ascending = sorted(reports, key=lambda report: report.day)
    reach = now.astimezone(NEW_YORK).date() - REACH
    still_open = [r for r in ascending if coverage.is_open(r.state)]
    newest = coverage.newest_held(ascending)
    overdue = [r for r in still_open if r.day >= reach and hours.window(r.day)[1] <= now]
    return Health(
        newest=newest,
        missed=_drop_possible_closings(overdue, newest, possible_closings),
        conflicts=tuple(r for r in ascending if r.state is State.CONFLICT),
        waiting=sum(r.day < reach for r in still_open),
    )


def _drop_possible_closings(
    overdue: Sequence[DayReport], newest: date | None, possible: Mapping[date, int]
) -> tuple[DayReport, ...]:
    silent = [r for r in overdue if newest is None or r.day > newest]
    is_excused = all(
        r.state is State.PENDING and possible.get(r.day, 0) >= count for count, r in enumerate(silent, start=1)
    )
    return tuple(r for r in overdue if not (is_excused and r in silent))


def list_troubles(health: Health) -> tuple[Trouble, ...]:
    """Return one trouble for each missed date and each date in conflict."""
    missed = (
        Trouble(MISSED, str(r.day), f"the mailing of {r.day} is missing: {r.evidence}", f"syncd sync {r.day}")
        for r in health.missed
    )
    conflicts = (
        Trouble("conflict", str(r.day), f"{r.day}: {r.evidence}", f"syncd diff {r.day} --against files")
        for r in health.conflicts
    )
    return (*missed, *conflicts)
