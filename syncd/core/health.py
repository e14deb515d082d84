"""The one rule for the health of an archive: a mailing is missed when polling for it has ended and it is not held.

`status --strict`, `/healthz`, the metrics, the unit's status and the hooks all use it. It reads no clock, database or file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from syncd.core import coverage
from syncd.core.mailing import NEW_YORK, REACH, announced_at
from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, time
    from zoneinfo import ZoneInfo

    from syncd.core.coverage import DayReport
    from syncd.core.errors import ArchiveError

MISSED = "mailing-missed"
"""The code of a mailing that is missing after polling for it ended."""
MANY = 3
"""When more mailings than this are found missing at once, they are reported as one trouble."""

_HALF_A_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)
_SPAN = ".."
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
class Trouble:
    """Something that a person should know of.

    `code` is kebab-case, `subject` a date, host or path. `help` is the command that helps, or empty.
    """

    code: str
    subject: str
    message: str
    help: str = ""

    @property
    def key(self) -> str:
        """Code and subject: two troubles with the same key are the same trouble."""
        return f"{self.code} {self.subject}".strip()


def trouble_from_error(error: ArchiveError, subject: str = "") -> Trouble:
    """Return the trouble for an error of disk or database. Its subject is `subject`, or else the error's path."""
    return Trouble(error.code, subject or error.path, f"{error.path}: {error.detail}")


EventName = Literal["new", "problem", "recovered"]
"""What a hook may be run for."""


@dataclass(frozen=True, slots=True)
class HookEvent:
    """Something that hooks were not run for yet.

    The trouble of a `new` event has nothing but a subject, the listing date of a mailing. `number` is the event's row in the
    database, 0 where it has none.
    """

    name: EventName
    trouble: Trouble
    number: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """The health of an archive. Dates ascend. `waiting` counts the open dates that listing pages no longer reach."""

    newest: date | None
    missed: tuple[DayReport, ...]
    conflicts: tuple[DayReport, ...]
    waiting: int

    @property
    def is_well(self) -> bool:
        """True when no mailing is missed and no date is in conflict."""
        return not self.missed and not self.conflicts


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


def group_missed(found: Iterable[Trouble], reported: Collection[Trouble]) -> tuple[Trouble, ...]:
    """Return the troubles, with missing mailings that were found together joined into one: `mailing-missed FIRST..LAST`.

    A group that was reported stays until its last date is resolved. A date that was reported alone stays alone.
    """
    known, rest = {trouble.key for trouble in reported}, list(found)
    groups = []
    for subject in (one.subject for one in reported if one.code == MISSED and _SPAN in one.subject):
        first, _, last = subject.partition(_SPAN)
        inside = [one for one in rest if _is_new_miss(one, known) and first <= one.subject <= last]
        rest = [one for one in rest if one not in inside]
        groups += [_group(subject, inside)] if inside else []
    fresh = [one for one in rest if _is_new_miss(one, known)]
    if len(fresh) > MANY:
        rest = [one for one in rest if one not in fresh]
        groups.append(_group(f"{fresh[0].subject}{_SPAN}{fresh[-1].subject}", fresh))
    return (*groups, *rest)


def _is_new_miss(trouble: Trouble, known: Collection[str]) -> bool:
    return trouble.code == MISSED and trouble.key not in known


def _group(subject: str, inside: Sequence[Trouble]) -> Trouble:
    many = f"{len(inside)} mailings are" if len(inside) > 1 else "a mailing is"
    return Trouble(MISSED, subject, f"{many} missing since {inside[0].subject}", "syncd sync")


def compare_troubles(
    reported: Iterable[Trouble], found: Iterable[Trouble]
) -> tuple[tuple[Trouble, ...], tuple[Trouble, ...]]:
    """Return the troubles that are new, and those that were reported and are over, both by key."""
    before: Mapping[str, Trouble] = {trouble.key: trouble for trouble in reported}
    now: Mapping[str, Trouble] = {trouble.key: trouble for trouble in found}
    over = sorted(set(before) - set(now))
    return tuple(t for key, t in now.items() if key not in before), tuple(before[key] for key in over)
