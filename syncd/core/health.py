"""The one rule that says whether an archive is well: a mailing is missed when polling for it is over and it is not held.

`status --strict`, `/healthz`, the metrics, the unit's status and the hooks all ask here; it reads no clock, database or file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.mailing import announced_at
from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, time
    from zoneinfo import ZoneInfo

    from syncd.core.coverage import DayReport
    from syncd.core.errors import ArchiveError

REACH = timedelta(days=90)
"""A mailing missing for longer than listing pages reach back is a matter for a backfill, not an alarm every day."""

MISSED = "mailing-missed"
"""The code of a mailing that is missing after polling for it ended."""
MANY = 3
"""More mailings than these, found missing at one look, are one trouble."""

_HALF_A_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)
_SPAN = ".."


@dataclass(frozen=True, slots=True)
class Hours:
    """When a mailing is looked for: from `begin` until `end`, by the clock of `zone`."""

    zone: ZoneInfo
    begin: time
    end: time

    def window(self, day: date) -> tuple[datetime, datetime]:
        """The first and the last moment (UTC) of looking for the mailing of a listing date; never before its announcement."""
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
        # In UTC, as the difference of two moments of one zone would be that of its clock, which jumps twice a year.
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should know of; `code` is kebab-case, `subject` a date, host or path. `help` is a command, or empty."""

    code: str
    subject: str
    message: str
    help: str = ""

    @property
    def key(self) -> str:
        """What makes it the same trouble tomorrow."""
        return f"{self.code} {self.subject}".strip()


def trouble_from_error(error: ArchiveError, subject: str = "") -> Trouble:
    """What disk or database refused; the same tomorrow by its path, or by `subject`."""
    return Trouble(error.code, subject or error.path, f"{error.path}: {error.detail}")


@dataclass(frozen=True, slots=True)
class Health:
    """How the archive is; dates ascend, `waiting` is the number of open dates that no listing page reaches any more."""

    newest: date | None
    missed: tuple[DayReport, ...]
    conflicts: tuple[DayReport, ...]
    waiting: int

    @property
    def is_well(self) -> bool:
        """Nothing that was to be had is missing, and nothing waits for a decision."""
        return not self.missed and not self.conflicts


def assess(reports: Iterable[DayReport], now: datetime, hours: Hours) -> Health:
    """The health of an archive with this ledger (any order) at `now` (aware).

    A mailing announced this evening is not missed before polling for it ends; a holiday, a weekend or a day that was learnt
    to have no mailing never is.
    """
    ledger = sorted(reports, key=lambda report: report.day)
    reach = now.astimezone(hours.zone).date() - REACH
    still_open = [r for r in ledger if coverage.is_open(r.state)]
    return Health(
        newest=coverage.newest_held(ledger),
        missed=tuple(r for r in still_open if r.day >= reach and hours.window(r.day)[1] <= now),
        conflicts=tuple(r for r in ledger if r.state is State.CONFLICT),
        waiting=sum(r.day < reach for r in still_open),
    )


def list_troubles(health: Health) -> tuple[Trouble, ...]:
    """What is wrong, one for each date, in words."""
    missed = (
        Trouble(MISSED, str(r.day), f"the mailing of {r.day} is missing: {r.evidence}", f"syncd sync {r.day}")
        for r in health.missed
    )
    conflicts = (
        Trouble("conflict", str(r.day), f"{r.day}: {r.evidence}", f"syncd diff {r.day} --against files")
        for r in health.conflicts
    )
    return (*missed, *conflicts)


def group_missed(found: Iterable[Trouble], told: Collection[Trouble]) -> tuple[Trouble, ...]:
    """The troubles with missing mailings that came to light together as one: `mailing-missed FIRST..LAST`.

    One that was told stands until the last of its dates is settled; a date that was told by itself stays by itself.
    """
    known, rest = {trouble.key for trouble in told}, list(found)
    groups = []
    for subject in (one.subject for one in told if one.code == MISSED and _SPAN in one.subject):
        first, _, last = subject.partition(_SPAN)
        inside = [one for one in rest if _is_news(one, known) and first <= one.subject <= last]
        rest = [one for one in rest if one not in inside]
        groups += [_group(subject, inside)] if inside else []
    fresh = [one for one in rest if _is_news(one, known)]
    if len(fresh) > MANY:
        rest = [one for one in rest if one not in fresh]
        groups.append(_group(f"{fresh[0].subject}{_SPAN}{fresh[-1].subject}", fresh))
    return (*groups, *rest)


def _is_news(trouble: Trouble, known: Collection[str]) -> bool:
    return trouble.code == MISSED and trouble.key not in known


def _group(subject: str, inside: Sequence[Trouble]) -> Trouble:
    many = f"{len(inside)} mailings are" if len(inside) > 1 else "a mailing is"
    return Trouble(MISSED, subject, f"{many} missing since {inside[0].subject}", "syncd sync")


def compare_troubles(
    told: Iterable[Trouble], found: Iterable[Trouble]
) -> tuple[tuple[Trouble, ...], tuple[Trouble, ...]]:
    """What is to be told for the first time, and what was told and is over, by key."""
    before: Mapping[str, Trouble] = {trouble.key: trouble for trouble in told}
    now: Mapping[str, Trouble] = {trouble.key: trouble for trouble in found}
    over = sorted(set(before) - set(now))
    return tuple(t for key, t in now.items() if key not in before), tuple(before[key] for key in over)
