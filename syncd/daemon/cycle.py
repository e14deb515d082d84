"""One turn of the daemon: look, decide, act, look again, until nothing is due; what happened is told as values.

It has no calendar clock and never sleeps: `Cycle.step` is told what time it is and says when it wants to be called again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from syncd import coverage, health
from syncd.daemon.jobs import JOBS, Result, Task
from syncd.daemon.notes import notes
from syncd.daemon.observing import observe
from syncd.daemon.schedule import NETWORK, Action, Memory, What, next_action, next_poll
from syncd.errors import ArchiveError, CoolingDown, UpstreamError
from syncd.health import Trouble
from syncd.results import Done
from syncd.usecases.moves import outcome
from syncd.usecases.publish import publish
from syncd.usecases.repair import finish_interrupted
from syncd.usecases.watching import Progress, Stopped, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from syncd.daemon.jobs import Ask
    from syncd.daemon.notes import Note
    from syncd.daemon.observing import Seen
    from syncd.daemon.schedule import Plan
    from syncd.errors import SyncdError
    from syncd.results import DayOutcome
    from syncd.usecases.workspace import Workspace

PUBLISH_PACE = timedelta(hours=1)
"""After a commit or a push was refused, publishing is tried again so much later."""
RETRY = timedelta(minutes=5)
"""After the disk or the database refused, the archive is tried again so much later."""
_OWN = frozenset({"archive", "archive-guard", "archive-missing", "database", "folder", "locked", "publish", "turn"})
"""Codes of troubles that a host has by itself, whoever leads."""
_ATTENDING = Progress("waiting for a program")
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
    """What a turn did: its work, the mailings that are new, troubles to tell for the first time, and those that ended.

    `next` says when to call again, `poll` when arXiv is looked at next; `seen` is the archive afterwards, None when it could
    not be looked at; `open` are all troubles known.
    """

    next: Action
    work: tuple[Did, ...] = ()
    new: tuple[DayOutcome, ...] = ()
    raised: tuple[Trouble, ...] = ()
    over: tuple[Trouble, ...] = ()
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

    def tell(self, say: Callable[[Note], bool]) -> None:
        """Let `say` tell what was not told yet, oldest first, and remember each; False leaves the rest for later.

        A kill between the two repeats a note; none is lost.
        """
        while self.memory.unsaid and say(self.memory.unsaid[0]):
            self.memory = replace(self.memory, unsaid=self.memory.unsaid[1:])
            with suppress(ArchiveError):
                self.keep(self.memory)

    def _guarded(self, now: datetime, do: Callable[[Workspace, datetime, _Turn], Step]) -> Step:
        turn = _Turn()
        before = self.memory
        work = replace(self.work, now=lambda: now)
        try:
            self._recall(work, turn)
            step = do(work, now, turn)
            self.memory = replace(self.memory, trying=tuple(turn.half))
        except ArchiveError as error:
            step = self._refused(error, now, turn)
        except Stopped:
            step = Step(Action(What.LOOK, now))
        self._note(step, turn)
        if self.memory != before or self.unkept:
            step = self._kept(step, now)
        return replace(step, work=tuple(turn.work), new=tuple(turn.new))

    def _recall(self, work: Workspace, turn: _Turn) -> None:
        """Take up what a turn that was cut short has brought and could not tell of."""
        if not self.memory.trying:
            return
        finish_interrupted(work)
        for day in filter(work.store.mailing, self.memory.trying):
            if work.folder.read(day) is None:
                turn.half.append(day)
            else:
                turn.new.append(outcome(work, day, Done.WRITTEN))

    def _note(self, step: Step, turn: _Turn) -> None:
        told = {one.day for one in turn.new}
        trying = tuple(day for day in self.memory.trying if day not in told)
        fresh = tuple(notes(turn.new, step.raised, step.over))
        self.memory = replace(self.memory, trying=trying, unsaid=(*self.memory.unsaid, *fresh))

    def _until_nothing_is_due(self, work: Workspace, now: datetime, turn: _Turn) -> Step:
        for _ in range(MOST):
            self.watch.go_on()
            seen = self._look(work)
            action = next_action(now, seen.standing, self.memory, self.plan)
            if action.when > now:
                break
            self._announce(work, action.what, turn)
            self._perform(action.what, Task(work, seen.standing, self.plan, self.ask, self.watch), turn)
        return self._told(seen, self._published(work, now, action, turn), now)

    def _materialise(self, work: Workspace, now: datetime, turn: _Turn) -> Step:
        finish_interrupted(work)
        later = self._published(work, now, Action(What.LOOK, now + RETRY), turn)
        found = (*self.publishing, *self.unkept)
        raised, over = health.news([trouble for trouble in self.memory.told if trouble.code in _OWN], found)
        told = (*(trouble for trouble in self.memory.told if trouble not in over), *raised)
        self.memory = replace(self.memory, told=told)
        return Step(later, raised=raised, over=over, seen=self._look(work), open=found)

    def _published(self, work: Workspace, now: datetime, action: Action, turn: _Turn) -> Action:
        """Publish what is new, or what could not be published before; the next action, which may be to try that again."""
        if not work.config.publish.git:
            self.publishing, self.unpublished = (), None
            return action
        if turn.new or (self.unpublished is not None and self.unpublished <= now):
            days = [outcome.day for outcome in turn.new if outcome.day is not None]
            problem = publish(work, days, sleep=self.watch.pause, ending=attended(self.watch)).problem
            self.publishing = (Trouble("publish", "", problem),) if problem else ()
            self.unpublished = now + PUBLISH_PACE if problem else None
        if self.unpublished is not None and self.unpublished < action.when:
            return Action(What.LOOK, self.unpublished)
        return action

    def _look(self, work: Workspace) -> Seen:
        seen = observe(work, self.plan.hours)
        known = [moment for moment in (self.resting, seen.standing.resting) if moment is not None]
        return replace(seen, standing=replace(seen.standing, resting=max(known, default=None)))

    def _announce(self, work: Workspace, what: What, turn: _Turn) -> None:
        """Write down, before the first question of a turn, what it may bring: whatever ends it, that is told of."""
        if what not in NETWORK or turn.announced:
            return
        turn.announced = True
        self.memory = replace(self.memory, trying=(*turn.half, *_absent(work)))
        with suppress(ArchiveError):  # the end of the turn says so
            self.keep(self.memory)

    def _perform(self, what: What, task: Task, turn: _Turn) -> None:
        started, before = monotonic(), self.memory
        # What is not finished counts as tried, lest a disk that refuses makes arXiv pay for it.
        self.memory = _attempted(what, before, task.work.now())
        try:
            result = JOBS[what](task, before)
        except UpstreamError as error:
            result = Result(self.memory, error=error)
        except Stopped:
            self.memory = before  # the end was asked for here, arXiv did not fail to answer
            raise
        self.memory = result.memory
        turn.new += result.new
        turn.work.append(Did(what, monotonic() - started, result.error, result.codes))
        if isinstance(result.error, CoolingDown):
            self.resting = result.error.until

    def _told(self, seen: Seen, action: Action, now: datetime) -> Step:
        missed = health.grouped(health.troubles(seen.health), self.memory.told)
        found = (*missed, *_stopped(seen), *self.memory.faults, *self.publishing, *self.unkept)
        raised, over = health.news(self.memory.told, found)
        self.memory = replace(self.memory, told=tuple({trouble.key: trouble for trouble in found}.values()))
        poll = next_poll(now, seen.standing, self.memory, self.plan)
        return Step(action, raised=raised, over=over, seen=seen, open=found, poll=poll)

    def _refused(self, error: ArchiveError, now: datetime, turn: _Turn) -> Step:
        turn.work.append(Did(What.LOOK, 0.0, error))
        step, self.memory = refused(error, now, self.memory)
        return step

    def _kept(self, step: Step, now: datetime) -> Step:
        """The step after its memory was kept; where that is refused, it is tried again soon."""
        known = {trouble.key for trouble in self.unkept}
        told = tuple(trouble for trouble in self.memory.told if trouble.key not in known)
        ends = tuple(notes((), (), self.unkept))
        cleared = replace(self.memory, told=told, unsaid=(*self.memory.unsaid, *ends))
        try:
            self.keep(cleared)
        except ArchiveError as error:
            failed, self.memory = refused(error, now, self.memory)
            still = tuple(trouble for trouble in step.open if trouble not in self.unkept)
            self.unkept = failed.open[-1:]
            self.memory = replace(self.memory, unsaid=(*self.memory.unsaid, *notes((), failed.raised, ())))
            soon = min(step.next, failed.next, key=lambda action: action.when)
            return replace(step, next=soon, raised=(*step.raised, *failed.raised), open=(*still, *self.unkept))
        self.memory, ended, self.unkept = cleared, self.unkept, ()
        still = tuple(trouble for trouble in step.open if trouble not in ended)
        return replace(step, over=(*step.over, *ended), open=still)


def refused(error: ArchiveError, now: datetime, memory: Memory) -> tuple[Step, Memory]:
    """The archive cannot be worked on: that is told, nothing is known to be over, and it is tried again soon."""
    return alarmed(Trouble(error.code, error.path, f"{error.path}: {error.detail}"), now, memory)


def alarmed(trouble: Trouble, now: datetime, memory: Memory) -> tuple[Step, Memory]:
    """A turn that only tells of trouble; nothing is known to be over, and it is tried again soon."""
    raised, _ = health.news(memory.told, [trouble])
    told = memory.told if trouble.key in {one.key for one in memory.told} else (*memory.told, trouble)
    step = Step(Action(What.LOOK, now + RETRY), raised=raised, open=(*memory.faults, trouble))
    return step, replace(memory, told=told)


@dataclass(slots=True)
class _Turn:
    """What one turn has done so far; `half` are dates whose rows are there and whose files are not."""

    work: list[Did] = field(default_factory=list)
    new: list[DayOutcome] = field(default_factory=list)
    half: list[date] = field(default_factory=list)
    announced: bool = False


def attended(watch: Watch) -> Callable[[], bool]:
    """For a program that is waited for: whether it is to end; who asks so shows that the turn goes on."""

    def ending() -> bool:
        watch.tell(_ATTENDING)
        return watch.ask.is_set()

    return ending


def _absent(work: Workspace) -> Iterator[date]:
    """The dates that no listing has filled yet, and any could."""
    last = coverage.newest_possible(work.now())
    first = last - health.REACH
    held = work.store.mailings(first, last)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return (day for day in days if day not in held)


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
