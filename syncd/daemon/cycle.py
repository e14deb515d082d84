"""One turn of the daemon on an open archive. It takes the state of the last turn; its report holds the next one.

lead:    finish what was interrupted ─► load what all hosts did
             ─► observe ─► next_job (schedule) ─► JOBS (jobs) ─► save ─┐
                   └──────────── until nothing is due ◄────────────────┘
         ─► publish ─► what is news, what is over ─► save this host's part ─► TurnReport
follow:  finish what was interrupted ─► observe ─► check this host's files if due ─► publish ─► as above, for this host alone

Trouble with arXiv, disk or database becomes part of the report; only bugs are raised. It has no calendar clock and never sleeps.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncd.archive.sql import leader_lock
from syncd.archive.sql.daemon_state import SharedState
from syncd.core import coverage, mailing, troubles
from syncd.core.errors import ArchiveError, FolderError, UpstreamError
from syncd.core.reconcile import plan_fetches
from syncd.core.troubles import HookEvent, Trouble
from syncd.daemon import state as states
from syncd.daemon import status_line
from syncd.daemon.jobs import JOBS, after_asking, fail, note_answer
from syncd.daemon.news import find_own_news, find_shared_news, list_shared_open
from syncd.daemon.schedule import ASKING, ArchiveView, Job, NextJob, next_check, next_job, next_poll
from syncd.daemon.worker import JobResult, TurnReport
from syncd.report.error_messages import explain
from syncd.usecases.inspect import open_troubles
from syncd.usecases.progress import Cancelled, Progress, RunControl
from syncd.usecases.publish.publish import extend_commit_order, publish
from syncd.usecases.reconcile.lost_rows import find_lost_rows
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.upstream import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syncd.daemon.jobs import Tools
    from syncd.daemon.state import DaemonState
    from syncd.usecases.workspace import Workspace

PUBLISH_PACE = timedelta(hours=1)
"""After a commit or a push was refused, publishing is tried again this much later."""
WRITING_PACE = timedelta(seconds=20)
"""The same where a file is to be written first; every turn begins with that."""
RETRY = timedelta(minutes=5)
"""After the disk or the database refused, the archive is tried again this much later."""
MOST_JOBS = 200
"""A turn does no more jobs than these before it reports, whatever is due."""
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Done:
    """What a turn has done so far. It outlives an error in the middle."""

    state: DaemonState
    jobs: list[JobResult] = field(default_factory=list)
    is_pushed: bool = False


def lead(tools: Tools, state: DaemonState) -> TurnReport:
    """Do all that is due. A mailing that is recorded here for the first time is news for the hooks."""
    announcing = replace(tools.work, store=replace(tools.work.store, announces=True))
    return _guard(replace(tools, work=announcing), state, _lead)


def follow(tools: Tools, state: DaemonState) -> TurnReport:
    """Write the files of what another host archived, while that one leads, and check them. ArXiv is not asked.

    The report names only the troubles of this host.
    """
    return _guard(tools, state, _follow)


def report_trouble(trouble: Trouble, state: DaemonState, now: datetime) -> TurnReport:
    """Return the report of a turn that could do nothing else. Nothing is known to be over, and it is tried again soon."""
    first = next((each.since for each in state.announced if each.key == trouble.key), None)
    trouble = replace(trouble, since=first or now)
    raised, _ = troubles.compare_troubles(state.announced, [trouble])
    after = replace(
        state,
        announced=(*state.announced, *raised),
        pending_events=(*state.pending_events, *(HookEvent("problem", each) for each in raised)),
    )
    own = (fault for fault in state.faults if not states.is_shared(fault))
    return TurnReport(after, NextJob(Job.LOOK, now + RETRY), raised=raised, open=(*own, trouble))


def observe(work: Workspace, spread: float = 0.0) -> ArchiveView:
    """Return how the archive stands at its clock's present, from the ledger. ArXiv is not asked."""
    now, since, begin = work.now().astimezone(UTC), work.config.archive.since, work.coverage_start()
    calendar, reports = work.calendar(), work.reports(begin, coverage.newest_possible(now))
    found = open_troubles.assess(work, reports)
    newest_due = mailing.newest_due(now, calendar)
    still_open = {fetch.day for fetch in plan_fetches(reports)}
    nearest = max(since, now.astimezone(mailing.NEW_YORK).date() - mailing.REACH)
    first_lacking = found.newest + _DAY if found.newest else since
    states_of_days: dict[str, int] = {}
    for report in reports:
        states_of_days[report.state] = states_of_days.get(report.state, 0) + 1
    with open_ledger(work) as ledger:
        rests = {rest.host: rest.until for rest in ledger.list_pauses()}
    listing_host = urlsplit(work.config.upstream.listing_url).netloc.lower()
    return ArchiveView(
        newest_due=newest_due,
        is_waiting=newest_due in still_open,
        next_due=mailing.next_announcement(now, calendar).date() + _DAY,
        missing=tuple(day for day in sorted(still_open - {newest_due}) if day >= nearest),
        health=found,
        lag=sum(1 for _ in mailing.due_between(calendar, first_lacking, newest_due)),
        states=states_of_days,
        rests=rests,
        resting_until=next(
            (until for host, until in rests.items() if until is not None and host in listing_host), None
        ),
        lost=tuple(find_lost_rows(work, begin, coverage.newest_possible(now)).values()),
        spread=spread,
    )


def load_shared(work: Workspace, state: DaemonState) -> DaemonState:
    """Return the state with what was done last by a daemon of any host, or by a command that looked for the newest mailing."""
    state = states.with_shared(state, SharedState(work.database).content())
    address = f"{work.config.upstream.listing_url}/list/{work.config.archive.category}/new"
    asked = leader_lock.last_asked(work.database, address)
    if asked is not None and (state.polled is None or state.polled < asked[0]):
        return replace(state, polled=asked[0], answered=asked[1] == 200)
    return state


def keep_alive(control: RunControl) -> Callable[[], bool]:
    """Return what a wait for a program asks: whether to end. Each question shows that the turn goes on."""

    def is_ending() -> bool:
        control.report(Progress(""))
        return control.cancel.is_set()

    return is_ending


def _guard(tools: Tools, state: DaemonState, act: Callable[[Tools, _Done], TurnReport]) -> TurnReport:
    now, done = tools.work.now().astimezone(UTC), _Done(state)
    try:
        report = act(tools, done)
    except ArchiveError as error:
        _add_job(tools, done, JobResult(Job.LOOK, failure=explain(error).message))
        # What was half done is finished by another turn, and published by it.
        begun, root = replace(done.state, publish_at=now), tools.work.folder.root
        # It is one trouble, whichever file below the root the disk refuses.
        is_of_root = isinstance(error, FolderError) and Path(error.path).is_relative_to(root)
        trouble = troubles.trouble_from_error(error, str(root) if is_of_root else "")
        report = replace(report_trouble(trouble, begun, now), should_yield=True)
    except Cancelled:
        report = TurnReport(done.state, NextJob(Job.LOOK, now))
    return _save_own(
        tools.work.folder.root, state, replace(report, jobs=tuple(done.jobs), is_pushed=done.is_pushed), now
    )


def _lead(tools: Tools, done: _Done) -> TurnReport:
    work, now, settings = tools.work, tools.work.now().astimezone(UTC), tools.work.config.schedule
    finish_interrupted(work)
    done.state = load_shared(work, done.state)
    for _ in range(MOST_JOBS):
        tools.check_cancelled()
        view = observe(work, tools.spread)
        following = next_job(now, view, done.state, settings)
        if following.at > now:
            break
        before = done.state
        try:
            _do(following.job, tools, view, done)
        except ArchiveError:
            with suppress(ArchiveError):
                _save_shared(work, before, done.state)
            raise
        _save_shared(work, before, done.state)
    following = _publish(tools, done, following, is_leader=True)
    shared = find_shared_news(work, done.state, view)
    state, own = find_own_news(work, done.state)
    is_silent = not (state.answered and state.reached)
    return TurnReport(
        state,
        following,
        raised=(*shared.raised, *own.raised),
        over=(*shared.over, *own.over),
        open=(*shared.open, *own.open),
        view=view,
        next_poll=next_poll(now, view, state, settings),
        should_yield=is_silent and bool(view.health.missed),
    )


def _follow(tools: Tools, done: _Done) -> TurnReport:
    work, now, settings = tools.work, tools.work.now().astimezone(UTC), tools.work.config.schedule
    finish_interrupted(work)
    # What the leader does is written down by the leader. The next turn has to publish too, even if this host leads by then.
    done.state = replace(states.with_shared(done.state, None), publish_at=done.state.publish_at or now)
    view = observe(work, tools.spread)
    following = next_check(now, done.state, settings)
    if following.at <= now:
        _do(following.job, tools, view, done)
        following = next_check(now, done.state, settings)
    following = _publish(tools, done, following, is_leader=False)
    done.state = replace(done.state, publish_at=done.state.publish_at or now)
    state, own = find_own_news(work, done.state)
    found = (*list_shared_open(work), *own.open)
    return TurnReport(state, following, raised=own.raised, over=own.over, open=found, view=view)


def _do(job: Job, tools: Tools, view: ArchiveView, done: _Done) -> None:
    before, started = done.state, monotonic()
    tools.control.report(Progress(status_line.describe_job(job, view)))
    try:
        done.state, result = JOBS[job](tools, view, before)
    except UpstreamError as error:
        done.state, result = fail(job, tools, view, before, error)
    except ArchiveError:
        # It counts as asked, so that arXiv is not asked again and again while a disk refuses.
        done.state = after_asking(job, tools, view, before, answered=True)
        raise
    if job in ASKING and not tools.control.cancel.is_set():  # an interrupted question says nothing of arXiv
        done.state, result = note_answer(done.state, result, tools.work.now().astimezone(UTC))
    _add_job(tools, done, replace(result, seconds=monotonic() - started))


def _add_job(tools: Tools, done: _Done, result: JobResult) -> None:
    done.jobs.append(result)
    tools.on_job(result)


def _save_shared(work: Workspace, before: DaemonState, after: DaemonState) -> None:
    """Write down what all hosts are to know, where that changed."""
    if (text := states.format_shared(after)) != states.format_shared(before):
        SharedState(work.database).save(text)


def _publish(tools: Tools, done: _Done, following: NextJob, *, is_leader: bool) -> NextJob:
    """Publish what is new, or could not be published before. Return the next job, which may be to try that again."""
    work, now = tools.work, tools.work.now().astimezone(UTC)
    is_ordered = is_leader and tools.is_current() and extend_commit_order(work)
    if not work.config.publish.git:
        done.state = replace(done.state, publish_at=now, publish_troubles=())
        return following
    new = [outcome.day for result in done.jobs for outcome in result.new if outcome.day is not None]
    planned = done.state.publish_at
    if is_ordered or new or (planned is not None and planned <= now):
        result = publish(work, new, sleep=tools.control.wait, should_stop=keep_alive(tools.control))
        done.is_pushed = result.pushed
        pause = PUBLISH_PACE if result.problem else WRITING_PACE
        done.state = replace(
            done.state,
            publish_at=now + pause if result.problem or result.waits else None,
            publish_troubles=(Trouble("publish", "", result.problem, "syncd publish"),) if result.problem else (),
        )
    planned = done.state.publish_at
    return NextJob(Job.LOOK, planned) if planned is not None and planned < following.at else following


def _save_own(root: Path, before: DaemonState, report: TurnReport, now: datetime) -> TurnReport:
    """Save this host's part where it changed. Where the disk refuses, that is one more trouble, and it is tried again soon."""
    state = report.state
    if states.format_host(state) == states.format_host(before) and not state.unsaved:
        return report
    known = {trouble.key for trouble in state.unsaved}
    ends = (HookEvent("recovered", each) for each in state.unsaved)
    saved = replace(
        state,
        announced=tuple(trouble for trouble in state.announced if trouble.key not in known),
        pending_events=(*state.pending_events, *ends),
        unsaved=(),
    )
    still_open = tuple(trouble for trouble in report.open if trouble not in state.unsaved)
    try:
        states.save(root, saved)
    except ArchiveError as error:
        refused = report_trouble(troubles.trouble_from_error(error), state, now)
        return replace(
            report,
            state=replace(refused.state, unsaved=refused.open[-1:]),
            next=min(report.next, refused.next, key=lambda following: following.at),
            raised=(*report.raised, *refused.raised),
            open=(*still_open, *refused.open[-1:]),
            should_yield=True,
        )
    return replace(report, state=saved, over=(*report.over, *state.unsaved), open=still_open)
