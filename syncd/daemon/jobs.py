"""The kinds of work the daemon knows, each one use case: it takes a state and returns the next state and what it did.

No job decides when it is due, and none logs or runs hooks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.errors import HostBlocked, Unexpected, UpstreamError
from syncd.core.model import Severity
from syncd.core.reasons import severity
from syncd.core.results import Done
from syncd.core.troubles import Trouble
from syncd.core.values import dataclass
from syncd.daemon import state as states
from syncd.daemon.schedule import PARTS, Job, check_number
from syncd.daemon.worker import JobResult
from syncd.report.error_messages import explain
from syncd.usecases.ingest.recheck import recheck
from syncd.usecases.ingest.sync import sync
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.progress import Cancelled, Progress, RunControl
from syncd.usecases.upstream import UpstreamAccess

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from syncd.core.errors import SyncdError
    from syncd.core.results import DayOutcome, Problem
    from syncd.daemon.schedule import ArchiveView
    from syncd.daemon.state import DaemonState
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

    OpenUpstream = Callable[[Workspace], AbstractContextManager[ListingClient]]
    RunJob = Callable[["Tools", ArchiveView, DaemonState], tuple[DaemonState, JobResult]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What a turn works with: the archive with its clock, the way to arXiv, and who may end the work.

    `is_current` says to a leader that this is still the one turn over all hosts, and to a follower that another host still leads.
    `on_job` is called after each job. `spread` is the archive's own number, see `ArchiveView`.
    """

    work: Workspace
    open_upstream: OpenUpstream
    control: RunControl
    is_current: Callable[[], bool] = lambda: True
    on_job: Callable[[JobResult], None] = lambda _result: None
    spread: float = 0.0

    def check_cancelled(self) -> None:
        """Raise Cancelled where the turn is to end."""
        self.control.check_cancelled()
        if not self.is_current():
            raise Cancelled


def poll(tools: Tools, view: ArchiveView, state: DaemonState) -> tuple[DaemonState, JobResult]:
    """Look whether the newest mailing due is there. While it is late the page shows the one before, which may be missing."""
    return _sync(Job.POLL, tools, view, state)


def catch_up(tools: Tools, view: ArchiveView, state: DaemonState) -> tuple[DaemonState, JobResult]:
    """Ask for the newest of the older dates that was not tried since the others were. A job asks for one date."""
    return _sync(Job.CATCHUP, tools, view, state)


def _sync(job: Job, tools: Tools, view: ArchiveView, state: DaemonState) -> tuple[DaemonState, JobResult]:
    day, welcome = (view.newest_due, view.missing) if job is Job.POLL else (_next_missing(view, state)[0], ())
    with tools.open_upstream(tools.work) as upstream:
        run = sync(tools.work, upstream, [day], also_accepted=welcome)
    errors = [outcome.error for outcome in run.days if outcome.error is not None]
    silence = run.error or next((error for error in errors if isinstance(error, UpstreamError)), None)
    failure = _words(silence or next(iter(errors), None))
    after = after_asking(job, tools, view, state, answered=silence is None)
    return after, JobResult(job, _list_written(run.days), failure, is_unanswered=_is_silence(silence))


def fail(
    job: Job, tools: Tools, view: ArchiveView, state: DaemonState, error: UpstreamError
) -> tuple[DaemonState, JobResult]:
    """Return what a job came to that arXiv did not answer."""
    after = after_asking(job, tools, view, state, answered=False)
    return after, JobResult(job, failure=_words(error), is_unanswered=_is_silence(error))


def note_answer(state: DaemonState, result: JobResult, now: datetime) -> tuple[DaemonState, JobResult]:
    """Return the state that knows since when arXiv does not answer, and the result that knows whether that is news."""
    if result.is_unanswered:
        is_known = state.silent > 0
        since = state.silent_since or now
        # Two questions of one turn are one: what ails a network for a moment fails both.
        silent = max(1, state.silent + (now > since))
        state = replace(state, silent=silent, silent_since=since, failure=result.failure)
        return state, replace(result, is_known=is_known)
    silence = now - state.silent_since if state.silent_since is not None else None
    is_known = bool(result.failure) and result.failure == state.failure
    state = replace(state, silent=0, silent_since=None, failure=result.failure)
    return state, replace(result, is_known=is_known, silence=silence)


def _is_silence(error: SyncdError | None) -> bool:
    """Return whether arXiv gave no answer, or only asked for a pause. A host that is stopped is a trouble of its own."""
    return isinstance(error, UpstreamError) and not isinstance(error, HostBlocked | Unexpected)


def _next_missing(view: ArchiveView, state: DaemonState) -> tuple[date, set[date]]:
    """Return the date to ask for next, and those not to be asked for again before all others were."""
    missing = set(view.missing)
    untried = missing.difference(state.tried)
    return max(untried or missing), missing - untried if untried else set()


def after_asking(job: Job, tools: Tools, view: ArchiveView, state: DaemonState, *, answered: bool) -> DaemonState:
    """Return the state after arXiv was asked: it did not answer, or `answered`, whatever came of that.

    A date for which it answered is tried, and not asked for again before all others were.
    """
    now = tools.work.now()
    match job:
        case Job.POLL:
            return replace(state, polled=now, answered=answered)
        case Job.CATCHUP:
            day, tried = _next_missing(view, state)
            return replace(
                state, caught_up=now, reached=answered, tried=tuple(sorted({*tried, day} if answered else tried))
            )
        case Job.RECHECK:
            return replace(state, recheck_tried=now)
        case _:
            return state


def _list_written(outcomes: Iterable[DayOutcome]) -> tuple[DayOutcome, ...]:
    return tuple(outcome for outcome in outcomes if outcome.action in {Done.WRITTEN, Done.REGISTERED})


def _words(error: SyncdError | None) -> str:
    return explain(error).message if error is not None else ""


def compare_again(tools: Tools, view: ArchiveView, state: DaemonState) -> tuple[DaemonState, JobResult]:
    """Compare the newest mailings with one page, and those that differed before with their own. Only faults are kept."""
    state = replace(state, recheck_tried=tools.work.now())
    before = {change.day for change in state.differences}
    with tools.open_upstream(tools.work) as listing:
        found = recheck(tools.work, UpstreamAccess(listing.web, listing, tools.control), before)
    if found.error is not None:
        return state, JobResult(Job.RECHECK, failure=_words(found.error))
    kept = (change for change in state.differences if change.day not in found.days)
    faults = (change for change in found.changes if severity(change.code) is Severity.FAULT)
    state = replace(state, rechecked=view.health.newest, differences=(*kept, *faults))
    failure = _words(next((outcome.error for outcome in found.outcomes if outcome.error is not None), None))
    failure = failure or next((f"{one.day}: {one.why}" for one in found.not_compared), "")
    codes = tuple(change.code for change in found.changes)
    return state, JobResult(Job.RECHECK, _list_written(found.outcomes), failure, codes)


def check_part(tools: Tools, view: ArchiveView, state: DaemonState) -> tuple[DaemonState, JobResult]:  # noqa: ARG001  a job
    """Check one part of the files, and once more those of dates that were at fault."""
    number = check_number(tools.work.now(), tools.work.config.schedule)
    scope = Scope(full=True, share=number % PARTS, shares=PARTS)
    again = {day for day in map(_day_of, state.faults) if day is not None}
    found = _find_problems(tools, scope)
    found += _find_problems(tools, Scope(days=again, full=True)) if again else []
    state = replace(state, checked=tools.work.now())
    return _with_faults(Job.CHECK, state, found, lambda fault: _is_of_part(fault, scope, again))


def check_all(tools: Tools, view: ArchiveView, state: DaemonState) -> tuple[DaemonState, JobResult]:  # noqa: ARG001  a job
    """Check every file, and all that belongs to no single date."""
    found = _find_problems(tools, Scope(full=True))
    state = replace(state, checked=tools.work.now(), checked_all=tools.work.now())
    return _with_faults(Job.CHECK_ALL, state, found, lambda _fault: True)


def _find_problems(tools: Tools, scope: Scope) -> list[Problem]:
    def go_on(progress: Progress) -> None:
        tools.control.report(progress)
        tools.check_cancelled()

    found = check(tools.work, scope, replace(tools.control, report=go_on), read_notes=states.read_notes)
    if found.ended:
        raise Cancelled
    agreed = tools.work.store.list_agreed_hashes()
    return [
        each for each in found.problems if each.severity is Severity.FAULT and not is_still_to_be_written(each, agreed)
    ]


def is_still_to_be_written(problem: Problem, agreed: Collection[date]) -> bool:
    """Return whether a file is missing that this host never had: another one brought the mailing in during the check.

    `agreed` are the dates whose files this host has written.
    """
    return problem.code == "file-missing" and problem.day is not None and problem.day not in agreed


def _is_of_part(fault: Trouble, scope: Scope, again: Collection[date]) -> bool:
    """Return whether a check of a part, and of these dates, has looked for a fault. Only a whole one looks at the vault."""
    day = _day_of(fault)
    return day is not None and not _is_of_vault(fault.code) and (day in again or scope.holds(day))


def _is_of_vault(code: str) -> bool:
    return code.startswith("vault-")


def _with_faults(
    job: Job, state: DaemonState, found: Sequence[Problem], was_checked: Callable[[Trouble], bool]
) -> tuple[DaemonState, JobResult]:
    """Replace the faults of what was checked by those that were found."""
    faults = {old.key: old for old in state.faults if not was_checked(old)}
    same: dict[str, list[Trouble]] = {}
    for trouble in map(_fault, found):
        same.setdefault(trouble.key, []).append(trouble)
    faults |= {key: _join_same(troubles) for key, troubles in same.items()}
    codes = tuple(problem.code for problem in found)
    return replace(state, faults=tuple(faults.values())), JobResult(job, codes=codes)


def _join_same(found: Sequence[Trouble]) -> Trouble:
    """Return one trouble for all that have the same code and subject."""
    first, more = found[0], len(found) - 1
    return replace(first, message=f"{first.message} (and {more} more)", count=len(found)) if more else first


def _fault(problem: Problem) -> Trouble:
    where = str(problem.day or problem.path or "the archive")
    return Trouble(problem.code, where, f"{where}: {problem.message}", problem.repair or _advise(problem))


def _advise(problem: Problem) -> str:
    """Return what helps where no command repairs the problem."""
    if _is_of_vault(problem.code):
        return "put the vault back from a backup; without one, the archive goes on without these responses: syncd ack"
    return "syncd check --full; once you have seen it: syncd ack"


def _day_of(trouble: Trouble) -> date | None:
    try:
        return date.fromisoformat(trouble.subject)
    except ValueError:
        return None


JOBS: Mapping[Job, RunJob] = {
    Job.POLL: poll,
    Job.CATCHUP: catch_up,
    Job.RECHECK: compare_again,
    Job.CHECK: check_part,
    Job.CHECK_ALL: check_all,
}
