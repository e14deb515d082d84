"""One turn of the daemon: look, decide, act, look again, until nothing is due; what happened is told as values.

It has no calendar clock and never sleeps: `Cycle.step` is told what time it is and says when it wants to be called again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from syncd import health
from syncd.daemon.jobs import JOBS, Result, Task
from syncd.daemon.observing import observe
from syncd.daemon.schedule import Action, Memory, What, next_action, next_poll
from syncd.errors import ArchiveError, CoolingDown, UpstreamError
from syncd.health import Trouble
from syncd.usecases.publish import publish
from syncd.usecases.repair import finish_interrupted
from syncd.usecases.watching import Stopped, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.daemon.jobs import Ask
    from syncd.daemon.observing import Seen
    from syncd.daemon.schedule import Plan
    from syncd.errors import SyncdError
    from syncd.results import DayOutcome
    from syncd.usecases.workspace import Workspace

PUBLISH_PACE = timedelta(hours=1)
"""After a commit or a push was refused, publishing is tried again so much later."""
RETRY = timedelta(minutes=5)
"""After the disk or the database refused, the archive is tried again so much later."""
_OWN = frozenset({"archive", "archive-guard", "archive-missing", "database", "folder", "locked", "publish"})
"""Codes of troubles that a host has by itself, whoever leads."""
MOST = 200
"""So many pieces of work are done before anything is told, whatever is due."""


@dataclass(frozen=True, slots=True)
class Did:
    """One piece of work, how long it took, what ended it early, and the codes of the differences or problems it found."""

    what: What
    seconds: float
    error: SyncdError | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What a turn did: its work, the mailings that are new, troubles to tell for the first time, keys of those that ended.

    `next` says when to call again, `poll` when arXiv is looked at next; `seen` is the archive afterwards, None when it could
    not be looked at; `open` are all troubles known.
    """

    next: Action
    work: tuple[Did, ...] = ()
    new: tuple[DayOutcome, ...] = ()
    raised: tuple[Trouble, ...] = ()
    over: tuple[str, ...] = ()
    seen: Seen | None = None
    open: tuple[Trouble, ...] = ()
    poll: datetime | None = None


@dataclass(slots=True)
class Cycle:
    """The daemon's work on one archive.

    `ask` opens the way to upstream for one piece of work, `keep` lets the memory survive a restart, `watch` may end the work
    between two pieces. `resting`, `unpublished` and `publishing` are what a later cycle goes on from: until when arXiv asked
    for rest, when publishing is tried again (None: all is published), what stood in its way, and why the memory is not kept.
    """

    work: Workspace
    plan: Plan
    ask: Ask
    keep: Callable[[Memory], None]
    memory: Memory = field(default_factory=Memory)
    watch: Watch = field(default_factory=Watch)
    resting: datetime | None = None
    unpublished: datetime | None = datetime(2000, 1, 1, tzinfo=UTC)
    publishing: tuple[Trouble, ...] = ()
    unkept: tuple[Trouble, ...] = ()

    def step(self, now: datetime) -> Step:
        """Do all that is due at `now` (aware). Trouble with upstream, disk or database is told; only bugs are raised."""
        return self._guarded(now.astimezone(UTC), self._until_nothing_is_due)

    def follow(self, now: datetime) -> Step:
        """Write the files of what another host archived, while that one leads; nothing is asked, nothing is alarmed."""
        return self._guarded(now.astimezone(UTC), self._materialise)

    def _guarded(self, now: datetime, do: Callable[[Workspace, datetime, _Turn], Step]) -> Step:
        turn = _Turn()
        before = self.memory
        try:
            step = do(replace(self.work, now=lambda: now), now, turn)
        except ArchiveError as error:
            step = self._refused(error, now, turn)
        except Stopped:
            step = Step(Action(What.LOOK, now))
        if self.memory != before or self.unkept:
            step = self._kept(step, now)
        return replace(step, work=tuple(turn.work), new=tuple(turn.new))

    def _until_nothing_is_due(self, work: Workspace, now: datetime, turn: _Turn) -> Step:
        for _ in range(MOST):
            self.watch.go_on()
            seen = self._look(work)
            action = next_action(now, seen.standing, self.memory, self.plan)
            if action.when > now:
                break
            self._perform(action.what, Task(work, seen.standing, self.plan, self.ask, self.watch), turn)
        return self._told(seen, self._published(work, now, action, turn), now)

    def _materialise(self, work: Workspace, now: datetime, turn: _Turn) -> Step:
        finish_interrupted(work)
        later = self._published(work, now, Action(What.LOOK, now + RETRY), turn)
        found = (*self.publishing, *self.unkept)
        raised, over = health.news([key for key in self.memory.told if key.partition(" ")[0] in _OWN], found)
        told = dict.fromkeys(self.memory.told) | {trouble.key: None for trouble in raised}
        self.memory = replace(self.memory, told=tuple(key for key in told if key not in over))
        return Step(later, raised=raised, over=over, seen=self._look(work), open=found)

    def _published(self, work: Workspace, now: datetime, action: Action, turn: _Turn) -> Action:
        """Publish what is new, or what could not be published before; the next action, which may be to try that again."""
        if not work.config.publish.git:
            self.publishing, self.unpublished = (), None
            return action
        if turn.new or (self.unpublished is not None and self.unpublished <= now):
            days = [outcome.day for outcome in turn.new if outcome.day is not None]
            problem = publish(work, days, sleep=self.watch.pause, ending=self.watch.ask.is_set).problem
            self.publishing = (Trouble("publish", "", problem),) if problem else ()
            self.unpublished = now + PUBLISH_PACE if problem else None
        if self.unpublished is not None and self.unpublished < action.when:
            return Action(What.LOOK, self.unpublished)
        return action

    def _look(self, work: Workspace) -> Seen:
        seen = observe(work, self.plan.hours)
        known = [moment for moment in (self.resting, seen.standing.resting) if moment is not None]
        return replace(seen, standing=replace(seen.standing, resting=max(known, default=None)))

    def _perform(self, what: What, task: Task, turn: _Turn) -> None:
        started, before = monotonic(), self.memory
        # What is not finished counts as tried, lest a disk that refuses makes arXiv pay for it.
        self.memory = _attempted(what, before, task.work.now())
        try:
            result = JOBS[what](task, before)
        except UpstreamError as error:
            result = Result(self.memory, error=error)
        self.memory = result.memory
        turn.new += result.new
        turn.work.append(Did(what, monotonic() - started, result.error, result.codes))
        if isinstance(result.error, CoolingDown):
            self.resting = result.error.until

    def _told(self, seen: Seen, action: Action, now: datetime) -> Step:
        found = (*health.troubles(seen.health), *_stopped(seen), *self.memory.faults, *self.publishing, *self.unkept)
        raised, over = health.news(self.memory.told, found)
        self.memory = replace(self.memory, told=tuple(dict.fromkeys(trouble.key for trouble in found)))
        poll = next_poll(now, seen.standing, self.memory, self.plan)
        return Step(action, raised=raised, over=over, seen=seen, open=found, poll=poll)

    def _refused(self, error: ArchiveError, now: datetime, turn: _Turn) -> Step:
        turn.work.append(Did(What.LOOK, 0.0, error))
        step, self.memory = refused(error, now, self.memory)
        return step

    def _kept(self, step: Step, now: datetime) -> Step:
        """The step after its memory was kept; where that is refused, it is tried again soon."""
        known = {trouble.key for trouble in self.unkept}
        cleared = replace(self.memory, told=tuple(key for key in self.memory.told if key not in known))
        try:
            self.keep(cleared)
        except ArchiveError as error:
            failed, self.memory = refused(error, now, self.memory)
            still = tuple(trouble for trouble in step.open if trouble not in self.unkept)
            self.unkept = failed.open[-1:]
            soon = min(step.next, failed.next, key=lambda action: action.when)
            return replace(step, next=soon, raised=(*step.raised, *failed.raised), open=(*still, *self.unkept))
        self.memory, ended, self.unkept = cleared, self.unkept, ()
        still = tuple(trouble for trouble in step.open if trouble not in ended)
        return replace(step, over=(*step.over, *sorted(known)), open=still)


def refused(error: ArchiveError, now: datetime, memory: Memory) -> tuple[Step, Memory]:
    """The archive cannot be worked on: that is told, nothing is known to be over, and it is tried again soon."""
    trouble = Trouble(error.code, error.path, f"{error.path}: {error.detail}")
    raised, _ = health.news(memory.told, [trouble])
    told = tuple(dict.fromkeys((*memory.told, trouble.key)))
    step = Step(Action(What.LOOK, now + RETRY), raised=raised, open=(*memory.faults, trouble))
    return step, replace(memory, told=told)


@dataclass(slots=True)
class _Turn:
    """What one turn has done so far."""

    work: list[Did] = field(default_factory=list)
    new: list[DayOutcome] = field(default_factory=list)


def _attempted(what: What, memory: Memory, now: datetime) -> Memory:
    match what:
        case What.POLL:
            return replace(memory, polled=now, answered=False)
        case What.CATCHUP:
            return replace(memory, caught_up=now, reached=False)
        case What.RECHECK:
            return replace(memory, recheck_tried=now)
        case _:
            return memory


def _stopped(seen: Seen) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(
            "stopped",
            rest.host,
            f"{rest.host} answered 403; nothing is asked any more",
            f"syncd requests --release {rest.host}",
        )
        for rest in seen.rests
        if rest.until is None
    )
