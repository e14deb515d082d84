"""What the daemon does next and when, decided from how the archive stands and what was done last. Nothing is done here.

Whatever happened in between (a reboot, a suspended machine, a clock set back or ahead, a job that ran for hours) is not known
here and need not be: the answer depends on the present alone.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from syncd.core.health import Health, Hours
from syncd.core.mailing import NEW_YORK
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from syncd.config import ScheduleConfig
    from syncd.core.results import LostRows
    from syncd.daemon.state import DaemonState

PARTS = 7
"""A check reads one of seven parts of the files. Every seventh reads them all, and everything else."""
LATE_PACE = timedelta(hours=3)
"""Between two looks for a mailing that is late, while arXiv answers."""
SILENT_PACE = timedelta(hours=1)
"""The same while it does not answer."""
CATCHUP_PACE = timedelta(hours=6)
"""Between two questions for an older date for which arXiv had nothing."""
RECHECK_DELAY = timedelta(minutes=30)
"""A mailing is compared again this long after midnight in New York: from then on a day that differs has a page of its own."""

_ANCHOR = datetime(2020, 1, 6, 11, 30, tzinfo=UTC)
_MOST_JITTER = timedelta(seconds=45)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Job(StrEnum):
    """The kinds of work, the most urgent first. LOOK is nothing but waking up."""

    POLL = "poll"
    CATCHUP = "catchup"
    RECHECK = "recheck"
    CHECK = "check"
    CHECK_ALL = "check-all"
    LOOK = "look"


ASKING = frozenset({Job.POLL, Job.CATCHUP, Job.RECHECK})
"""Jobs that ask arXiv."""
_URGENCY = {job: rank for rank, job in enumerate(Job)}


@dataclass(frozen=True, slots=True)
class NextJob:
    """A job that is due once `at` (aware) is not later than now."""

    job: Job
    at: datetime


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """How the archive stands at one moment.

    `newest_due` is the newest listing date due by the calendar, and `is_waiting` says that it is still open. `next_due` is the
    date after it. `missing` are other open dates within reach, ascending. `lag` counts the mailings due after the newest held,
    `states` the dates by state. `rests` are the hosts that may not be asked: until a moment, or until a person releases one that
    answered 403 (None). `resting_until` is that moment for the host of the listing pages. `lost` are the dates whose rows are
    gone. `spread` (0 to 1) is the archive's own: it keeps archives from asking in the same second.
    """

    newest_due: date
    is_waiting: bool
    next_due: date
    missing: tuple[date, ...] = ()
    health: Health = field(default_factory=lambda: Health(None, (), (), 0))
    lag: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    rests: Mapping[str, datetime | None] = field(default_factory=dict)
    resting_until: datetime | None = None
    lost: tuple[LostRows, ...] = ()
    spread: float = 0.0

    @property
    def stopped(self) -> tuple[str, ...]:
        """The hosts that answered 403."""
        return tuple(host for host, until in self.rests.items() if until is None)


def next_job(now: datetime, view: ArchiveView, state: DaemonState, settings: ScheduleConfig) -> NextJob:
    """Return the most urgent job that is due at `now` (aware), else the one that will be due first."""
    candidates = [_after_rest(job, view, settings) for job in _candidates(now, view, state, settings)]
    if view.stopped:
        look = NextJob(Job.LOOK, now + settings.poll_every)
        candidates = [each for each in candidates if each.job not in ASKING] + [look]
    due = [each for each in candidates if each.at <= now]
    if due:
        return min(due, key=lambda each: _URGENCY[each.job])
    return min(candidates, key=lambda each: each.at)


def next_poll(now: datetime, view: ArchiveView, state: DaemonState, settings: ScheduleConfig) -> datetime | None:
    """Return when arXiv is looked at next, not before `now`, or None while a person has to release a host first."""
    if view.stopped:
        return None
    return max(now, _after_rest(NextJob(Job.POLL, _poll_at(now, view, state, settings)), view, settings).at)


def next_check(now: datetime, state: DaemonState, settings: ScheduleConfig) -> NextJob:
    """Return the check of this host's files that is due at `now`, else the one that comes next."""
    number = check_number(now, settings)
    if _is_older(state.checked_all, number - number % PARTS, now, settings):
        return NextJob(Job.CHECK_ALL, now)
    if _is_older(state.checked, number, now, settings):
        return NextJob(Job.CHECK, now)
    return NextJob(Job.CHECK, _ANCHOR + (number + 1) * settings.check_every)


def check_number(moment: datetime, settings: ScheduleConfig) -> int:
    """Return which of all checks falls on this moment, counted from a Monday morning in 2020, so that they never drift."""
    return (moment - _ANCHOR) // settings.check_every


def hours(settings: ScheduleConfig) -> Hours:
    """Return the hours of the configuration in which a mailing is looked for."""
    return Hours(settings.timezone, settings.poll_from, settings.poll_until)


def _after_rest(candidate: NextJob, view: ArchiveView, settings: ScheduleConfig) -> NextJob:
    if candidate.job in ASKING and view.resting_until is not None and view.resting_until > candidate.at:
        return NextJob(candidate.job, view.resting_until + _jitter(view, settings))
    return candidate


def _candidates(now: datetime, view: ArchiveView, state: DaemonState, settings: ScheduleConfig) -> Iterator[NextJob]:
    yield NextJob(Job.POLL, _poll_at(now, view, state, settings))
    if view.missing:
        yield NextJob(Job.CATCHUP, _catchup_at(now, view, state, settings))
    if settings.recheck and view.health.newest is not None and state.rechecked != view.health.newest:
        midnight = datetime.combine(view.health.newest, datetime.min.time(), NEW_YORK).astimezone(UTC)
        first, last = midnight + RECHECK_DELAY + _jitter(view, settings), _past(state.recheck_tried, now)
        yield NextJob(Job.RECHECK, first if last is None or last < first else last + CATCHUP_PACE)
    yield next_check(now, state, settings)


def _jitter(view: ArchiveView, settings: ScheduleConfig) -> timedelta:
    return view.spread * min(_MOST_JITTER, settings.poll_every / 10)


def _poll_at(now: datetime, view: ArchiveView, state: DaemonState, settings: ScheduleConfig) -> datetime:
    jitter = _jitter(view, settings)
    if not view.is_waiting:
        return hours(settings).window(view.next_due)[0] + jitter
    begin, end = hours(settings).window(view.newest_due)
    last = _past(state.polled, now)
    if last is None or last < begin:
        return begin + jitter
    if last < end:
        return min(last + settings.poll_every, end + jitter)
    # The next mailing is looked for in time, however late this one is.
    return min(last + (LATE_PACE if state.answered else SILENT_PACE), hours(settings).window(view.next_due)[0] + jitter)


def _catchup_at(now: datetime, view: ArchiveView, state: DaemonState, settings: ScheduleConfig) -> datetime:
    last = _past(state.caught_up, now)
    if last is None:
        return now
    if view.is_waiting and not state.answered:
        return max(now, _poll_at(now, view, state, settings))  # one question at a time to a host that does not answer
    if not state.reached:
        return last + SILENT_PACE
    return now if set(view.missing) - set(state.tried) else last + CATCHUP_PACE


def _is_older(last: datetime | None, number: int, now: datetime, settings: ScheduleConfig) -> bool:
    moment = _past(last, now)
    return moment is None or check_number(moment, settings) < number


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    """Return a moment of the past. One of the future was written before the clock was set back, and says nothing."""
    return moment if moment is not None and moment <= now else None


@dataclass(slots=True)
class NextTurn:
    """When the next turn is due. The first one is due at once.

    A moment `at` (aware) that was found by a clock that was ahead may be days off once the clock is put right. So a clock that
    was set back makes a turn due, which finds another moment.
    """

    at: datetime = _LONG_AGO
    is_requested: bool = False
    _asked: datetime = _LONG_AGO

    def request(self) -> None:
        """Make a turn due whatever the moment, and whatever moment a turn under way will find."""
        self.is_requested = True

    def is_due(self, now: datetime) -> bool:
        """Return whether a turn is due at `now`. This answers what was requested."""
        was_set_back = now < self._asked
        is_due = self.is_requested or was_set_back or self.at <= now
        self.is_requested, self._asked = False, now
        return is_due
