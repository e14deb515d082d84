"""What comes next and when, decided from how the archive stands and what was done last; nothing is done here.

Whatever happened in between (a reboot, a suspended machine, a clock set back or forth, a job that ran for hours) is not known
here and need not be: the answer depends on the present alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from syncd.core.health import Hours
from syncd.core.mailing import NEW_YORK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from syncd.config import ScheduleConfig
    from syncd.core.health import Trouble

PARTS = 7
"""A nightly check reads one of so many parts of the files; every so manieth reads them all, and everything else."""
LATE_PACE = timedelta(hours=3)
"""Between two looks for a mailing that is late, while arXiv answers."""
SILENT_PACE = timedelta(hours=1)
"""The same while it does not answer."""
CATCHUP_PACE = timedelta(hours=6)
"""Between two questions for an older date that was asked for without success."""
SETTLED = timedelta(minutes=30)
"""A mailing is compared again so long after midnight in New York: from then on a differing day has a page of its own."""

_ANCHOR = datetime(2020, 1, 6, 11, 30, tzinfo=UTC)
_MOST_JITTER = timedelta(seconds=45)


class What(StrEnum):
    """The kinds of work, the most urgent first."""

    POLL = "poll"
    CATCHUP = "catchup"
    RECHECK = "recheck"
    CHECK = "check"
    CHECK_ALL = "check-all"
    LOOK = "look"


NETWORK = frozenset({What.POLL, What.CATCHUP, What.RECHECK})
"""Work that asks arXiv."""
_URGENCY = {what: rank for rank, what in enumerate(What)}


@dataclass(frozen=True, slots=True)
class Action:
    """One piece of work; it is due once `when` (aware) is not later than now. LOOK is nothing but waking up."""

    what: What
    when: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, from the configuration; `chance` (0 to 1) keeps archives from asking in the same second."""

    hours: Hours
    poll_every: timedelta
    check_every: timedelta
    recheck: bool
    chance: float = 0.0

    @property
    def jitter(self) -> timedelta:
        """What is added to the time of a look."""
        return self.chance * min(_MOST_JITTER, self.poll_every / 10)


def plan_of(schedule: ScheduleConfig, chance: float) -> Plan:
    """The plan of a configuration's schedule; `chance` is from 0 to 1."""
    hours = Hours(schedule.timezone, schedule.poll_from, schedule.poll_until)
    return Plan(hours, schedule.poll_every, schedule.check_every, schedule.recheck, chance)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the archive stands.

    `due` is the newest listing date due by the calendar, `waiting` says that it is not settled, `next_due` is the one after
    it. `missing` are other open dates within reach, ascending. `held` is the newest date held. `resting` is the moment until
    which the listing host rests; `stopped` names a host that answered 403.
    """

    due: date
    waiting: bool
    next_due: date
    missing: tuple[date, ...] = ()
    held: date | None = None
    resting: datetime | None = None
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What was done last, and with what success. Moments are aware.

    `tried` are the older dates asked for in vain since `caught_up`, `rechecked` the newest date held when `/recent` was last
    compared. `checked` and `checked_all` are of this host's files, `faults` what checks and comparisons found and have not seen
    healed.
    """

    polled: datetime | None = None
    answered: bool = True
    caught_up: datetime | None = None
    reached: bool = True
    tried: tuple[date, ...] = ()
    recheck_tried: datetime | None = None
    rechecked: date | None = None
    checked: datetime | None = None
    checked_all: datetime | None = None
    faults: tuple[Trouble, ...] = ()


def next_action(now: datetime, standing: Standing, memory: Memory, plan: Plan) -> Action:
    """The most urgent work that is due at `now` (aware), else the work that will be due first."""
    candidates = [_after_rest(action, standing, plan) for action in _candidates(now, standing, memory, plan)]
    if standing.stopped is not None:
        look = Action(What.LOOK, now + plan.poll_every)
        candidates = [action for action in candidates if action.what not in NETWORK] + [look]
    due = [action for action in candidates if action.when <= now]
    if due:
        return min(due, key=lambda action: _URGENCY[action.what])
    return min(candidates, key=lambda action: action.when)


def next_poll(now: datetime, standing: Standing, memory: Memory, plan: Plan) -> datetime | None:
    """When arXiv is looked at next, not before `now`; None while a person has to release a host first."""
    if standing.stopped is not None:
        return None
    return max(now, _after_rest(Action(What.POLL, _poll_at(now, standing, memory, plan)), standing, plan).when)


def next_check(now: datetime, memory: Memory, plan: Plan) -> Action:
    """The check of this host's files that is due at `now`, else the one that comes next; it asks nobody who leads."""
    number = check_number(now, plan)
    if _is_older(memory.checked_all, number - number % PARTS, now, plan):
        return Action(What.CHECK_ALL, now)
    if _is_older(memory.checked, number, now, plan):
        return Action(What.CHECK, now)
    return Action(What.CHECK, _ANCHOR + (number + 1) * plan.check_every)


def check_number(moment: datetime, plan: Plan) -> int:
    """Which of all checks falls on this moment, counted from a Monday morning in 2020; they never drift."""
    return (moment - _ANCHOR) // plan.check_every


def _after_rest(action: Action, standing: Standing, plan: Plan) -> Action:
    if action.what in NETWORK and standing.resting is not None and standing.resting > action.when:
        return Action(action.what, standing.resting + plan.jitter)
    return action


def _candidates(now: datetime, standing: Standing, memory: Memory, plan: Plan) -> Iterator[Action]:
    yield Action(What.POLL, _poll_at(now, standing, memory, plan))
    if standing.missing:
        yield Action(What.CATCHUP, _catchup_at(now, standing, memory, plan))
    if plan.recheck and standing.held is not None and memory.rechecked != standing.held:
        yield Action(What.RECHECK, _recheck_at(now, standing.held, memory, plan))
    yield next_check(now, memory, plan)


def _poll_at(now: datetime, standing: Standing, memory: Memory, plan: Plan) -> datetime:
    if not standing.waiting:
        return plan.hours.window(standing.next_due)[0] + plan.jitter
    begin, end = plan.hours.window(standing.due)
    last = _believed(memory.polled, now)
    if last is None or last < begin:
        return begin + plan.jitter
    if last < end:
        return min(last + plan.poll_every, end + plan.jitter)
    return last + (LATE_PACE if memory.answered else SILENT_PACE)


def _catchup_at(now: datetime, standing: Standing, memory: Memory, plan: Plan) -> datetime:
    last = _believed(memory.caught_up, now)
    if last is None:
        return now
    if standing.waiting and not memory.answered:
        return max(now, _poll_at(now, standing, memory, plan))  # one question at a time to a host that does not answer
    if not memory.reached:
        return last + SILENT_PACE
    return now if set(standing.missing) - set(memory.tried) else last + CATCHUP_PACE


def _recheck_at(now: datetime, held: date, memory: Memory, plan: Plan) -> datetime:
    settled = datetime.combine(held, datetime.min.time(), NEW_YORK).astimezone(UTC) + SETTLED + plan.jitter
    last = _believed(memory.recheck_tried, now)
    return settled if last is None or last < settled else last + CATCHUP_PACE


def _is_older(last: datetime | None, number: int, now: datetime, plan: Plan) -> bool:
    believed = _believed(last, now)
    return believed is None or check_number(believed, plan) < number


def _believed(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment in the past; one in the future was written before the clock was set back, and says nothing."""
    return moment if moment is not None and moment <= now else None
