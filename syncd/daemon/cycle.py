"""One turn of the daemon: look, decide, act, look again, until nothing is due; what happened is told as values.

It has no calendar clock and never sleeps: `Cycle.step` is told what time it is and says when it wants to be called again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from syncd.archive.sql.daemon_state import Shared
from syncd.core import health
from syncd.core.errors import ArchiveError, FolderError, UpstreamError
from syncd.core.health import Trouble
from syncd.daemon import status_line
from syncd.daemon.events import notes
from syncd.daemon.jobs import JOBS, Result, Task, after_asking
from syncd.daemon.observe import observe
from syncd.daemon.schedule import Action, Memory, What, next_action, next_check, next_poll
from syncd.daemon.state import Own, is_shared, whole, with_own
from syncd.daemon.state_store import inherit, keep, remembered, untold
from syncd.usecases.progress import Cancelled, Progress, RunControl
from syncd.usecases.publish.publish import extend_commit_order, publish
from syncd.usecases.reconcile.recover import finish_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncd.core.errors import SyncdError
    from syncd.core.results import DayOutcome
    from syncd.daemon.events import Note
    from syncd.daemon.jobs import Ask
    from syncd.daemon.observe import Seen
    from syncd.daemon.schedule import Plan
    from syncd.usecases.workspace import Workspace

PUBLISH_PACE = timedelta(hours=1)
"""After a commit or a push was refused, publishing is tried again so much later."""
WRITING_PACE = timedelta(seconds=20)
"""And so much later where a file is to be written first, with which every turn begins."""
RETRY = timedelta(minutes=5)
"""After the disk or the database refused, the archive is tried again so much later."""
_ATTENDING = Progress("")
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

    `ask` opens the way to upstream for one piece of work, `keep` lets what this host remembers by itself survive a restart,
    `watch` may end the work between two pieces, and so does `rules`: to a leader it says that this is the one turn under way,
    to a follower that somebody leads.
    `memory` is that of the turn. `unpublished`, `publishing` and `unkept` are what a later cycle goes on from: when publishing is
    tried again (None: all is published), what stood in its way, and why `own` is not kept.
    `did` is told of each piece of work once it is done, and which mailings are new by it.
    """

    work: Workspace
    plan: Plan
    ask: Ask
    keep: Callable[[Own], None]
    own: Own = field(default_factory=Own)
    watch: RunControl = field(default_factory=RunControl)
    unpublished: datetime | None = datetime(2000, 1, 1, tzinfo=UTC)
    publishing: tuple[Trouble, ...] = ()
    unkept: tuple[Trouble, ...] = ()
    rules: Callable[[], bool] = lambda: True
    memory: Memory = field(default_factory=Memory)
    did: Callable[[Did, Sequence[DayOutcome]], None] = lambda _did, _new: None

    def step(self, now: datetime) -> Step:
        """Do all that is due at `now` (aware). Trouble with upstream, disk or database is told; only bugs are raised."""
        heralding = replace(self.work, store=replace(self.work.store, announces=True))
        return self._guarded(heralding, now.astimezone(UTC), self._until_nothing_is_due)

    def follow(self, now: datetime) -> Step:
        """Write the files of what another host archived, while that one leads, and check them; nothing is asked.

        Only what is this host's own is told.
        """
        return self._guarded(self.work, now.astimezone(UTC), self._materialise)

    def is_unfit(self, step: Step) -> bool:
        """Whether another host, if there is one, had better lead after this turn.

        Its disk or the database refused, or mailings are missed and arXiv did not answer when it was asked last.
        """
        refused_here = any(isinstance(did.error, ArchiveError) for did in step.work)
        is_deaf = not (self.memory.answered and self.memory.reached)
        return (
            refused_here or bool(self.unkept) or (is_deaf and step.seen is not None and bool(step.seen.health.missed))
        )

    def tell(self, say: Callable[[Note], bool], *, leads: bool = True) -> None:
        """Let `say` tell what was not told yet, oldest first, and strike out each; False leaves the rest for later.

        A kill between the two repeats a note; none is lost. Only who leads tells what all hosts share.
        """
        with suppress(ArchiveError):
            for notice, note in untold(self.work) if leads else ():
                if not self.rules() or not say(note):
                    return
                Shared(self.work.database).strike(notice)
        while self.own.unsaid and say(self.own.unsaid[0]):
            self.own = replace(self.own, unsaid=self.own.unsaid[1:])
            with suppress(ArchiveError):
                self.keep(self.own)

    def _guarded(self, heralding: Workspace, now: datetime, do: Callable[[Workspace, datetime, _Turn], Step]) -> Step:
        turn = _Turn()
        before = self.own
        try:
            step = do(replace(heralding, now=lambda: now), now, turn)
        except ArchiveError as error:
            step = self._refused(error, now, turn)
        except Cancelled:
            step = Step(Action(What.LOOK, now))
        if self.own != before or self.unkept:
            step = self._kept(step, now)
        return replace(step, work=tuple(turn.work), new=tuple(turn.new))

    def _until_nothing_is_due(self, work: Workspace, now: datetime, turn: _Turn) -> Step:
        finish_interrupted(work)
        self.own = inherit(work, self.own)
        self.memory = remembered(work, self.own)
        for _ in range(MOST):
            self._go_on()
            seen = observe(work, self.plan.hours)
            action = next_action(now, seen.standing, self.memory, self.plan)
            if action.when > now:
                break
            before = self.memory
            self._perform(action.what, self._task(work, seen), turn)
            keep(work, before, self.memory)
        return self._told(seen, self._published(work, now, action, turn), now)

    def _task(self, work: Workspace, seen: Seen) -> Task:
        return Task(work, seen.standing, self.plan, self.ask, self.watch, self._go_on)

    def _go_on(self) -> None:
        self.watch.check_cancelled()
        if not self.rules():
            raise Cancelled

    def _materialise(self, work: Workspace, now: datetime, turn: _Turn) -> Step:
        finish_interrupted(work)
        self._publish_again(now)
        self.memory = whole(None, self.own)
        seen = observe(work, self.plan.hours)
        action = next_check(now, self.memory, self.plan)
        if action.when <= now:
            self._perform(action.what, self._task(work, seen), turn)
            action = next_check(now, self.memory, self.plan)
        later = self._published(work, now, action, turn, leads=False)
        self._publish_again(now)  # the next turn has to look too, also where this host leads by then
        found = self._of_this_host()
        raised, over = self._own_news(found)
        return Step(later, raised=raised, over=over, seen=seen, open=found)

    def _publish_again(self, now: datetime) -> None:
        self.unpublished = self.unpublished or now

    def _published(self, work: Workspace, now: datetime, action: Action, turn: _Turn, *, leads: bool = True) -> Action:
        """Publish what is new, or what could not be published before; the next action, which may be to try that again."""
        is_new = leads and self.rules() and extend_commit_order(work)
        if not work.config.publish.git:
            self.publishing, self.unpublished = (), now
            return action
        if is_new or turn.new or (self.unpublished is not None and self.unpublished <= now):
            days = [outcome.day for outcome in turn.new if outcome.day is not None]
            result = publish(work, days, sleep=self.watch.wait, should_stop=attended(self.watch))
            self.publishing = (Trouble("publish", "", result.problem),) if result.problem else ()
            pause = PUBLISH_PACE if result.problem else WRITING_PACE
            self.unpublished = now + pause if result.problem or result.waits else None
        if self.unpublished is not None and self.unpublished < action.when:
            return Action(What.LOOK, self.unpublished)
        return action

    def _perform(self, what: What, task: Task, turn: _Turn) -> None:
        started, before = monotonic(), self.memory
        self.watch.report(Progress(status_line.doing(what, task.standing)))
        try:
            result = JOBS[what](task, before)
        except UpstreamError as error:
            result = Result(after_asking(what, task, before, answered=False), error=error)
        except ArchiveError:
            # Tried all the same, lest a disk that refuses makes arXiv pay for it.
            self.memory = after_asking(what, task, before, answered=True)
            with suppress(ArchiveError):
                keep(task.work, before, self.memory)
            raise
        self.memory, self.own = result.memory, with_own(self.own, result.memory)
        turn.new += result.new
        self._done(turn, Did(what, monotonic() - started, result.error, result.codes), result.new)

    def _done(self, turn: _Turn, did: Did, new: Sequence[DayOutcome] = ()) -> None:
        turn.work.append(did)
        self.did(did, new)

    def _told(self, seen: Seen, action: Action, now: datetime) -> Step:
        shared = Shared(self.work.database)
        told, mine = shared.told(), self._of_this_host()
        missed = health.group_missed(health.list_troubles(seen.health), told)
        found = (*missed, *_stopped(seen), *filter(is_shared, self.memory.faults))
        raised, over = shared.change(*health.compare_troubles(told, found))
        own_raised, own_over = self._own_news(mine)
        poll = next_poll(now, seen.standing, self.memory, self.plan)
        news = Step(action, raised=(*raised, *own_raised), over=(*over, *own_over))
        return replace(news, seen=seen, open=(*found, *mine), poll=poll)

    def _of_this_host(self) -> tuple[Trouble, ...]:
        return (*self.own.faults, *self.publishing, *self.unkept)

    def _own_news(self, found: tuple[Trouble, ...]) -> tuple[tuple[Trouble, ...], tuple[Trouble, ...]]:
        """What is to be told of this host for the first time, and what is over."""
        raised, over = health.compare_troubles(self.own.told, found)
        told = tuple({trouble.key: trouble for trouble in found}.values())
        self.own = replace(self.own, told=told, unsaid=(*self.own.unsaid, *notes((), raised, over)))
        return raised, over

    def _refused(self, error: ArchiveError, now: datetime, turn: _Turn) -> Step:
        self._done(turn, Did(What.LOOK, 0.0, error))
        self.unpublished = now  # what was half done is finished by another turn, and published by it
        root = self.work.folder.root
        # One trouble, whichever of its files the disk refuses.
        is_of_root = isinstance(error, FolderError) and Path(error.path).is_relative_to(root)
        step, self.own = alarmed(health.trouble_from_error(error, str(root) if is_of_root else ""), now, self.own)
        return step

    def _kept(self, step: Step, now: datetime) -> Step:
        """The step after its memory was kept; where that is refused, it is tried again soon."""
        known = {trouble.key for trouble in self.unkept}
        told = tuple(trouble for trouble in self.own.told if trouble.key not in known)
        ends = tuple(notes((), (), self.unkept))
        cleared = replace(self.own, told=told, unsaid=(*self.own.unsaid, *ends))
        try:
            self.keep(cleared)
        except ArchiveError as error:
            failed, self.own = alarmed(health.trouble_from_error(error), now, self.own)
            still = tuple(trouble for trouble in step.open if trouble not in self.unkept)
            self.unkept = failed.open[-1:]
            soon = min(step.next, failed.next, key=lambda action: action.when)
            return replace(step, next=soon, raised=(*step.raised, *failed.raised), open=(*still, *self.unkept))
        self.own, ended, self.unkept = cleared, self.unkept, ()
        still = tuple(trouble for trouble in step.open if trouble not in ended)
        return replace(step, over=(*step.over, *ended), open=still)


def alarmed(trouble: Trouble, now: datetime, own: Own) -> tuple[Step, Own]:
    """A turn that only tells of trouble; nothing is known to be over, and it is tried again soon."""
    raised, _ = health.compare_troubles(own.told, [trouble])
    step = Step(Action(What.LOOK, now + RETRY), raised=raised, open=(*own.faults, trouble))
    return step, replace(own, told=(*own.told, *raised), unsaid=(*own.unsaid, *notes((), raised, ())))


@dataclass(slots=True)
class _Turn:
    """What one turn has done so far."""

    work: list[Did] = field(default_factory=list)
    new: list[DayOutcome] = field(default_factory=list)


def attended(watch: RunControl) -> Callable[[], bool]:
    """For a program that is waited for: whether it is to end; who asks so shows that the turn goes on."""

    def ending() -> bool:
        watch.report(_ATTENDING)
        return watch.cancel.is_set()

    return ending


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
