"""The kinds of work the daemon knows, each one use case: what it did is a value, what it is to remember another.

None of them decides when it is done, and none tells anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from syncd.core.errors import UpstreamError
from syncd.core.health import Trouble
from syncd.core.model import Severity
from syncd.core.reasons import severity
from syncd.core.results import Done
from syncd.daemon.recheck import recheck
from syncd.daemon.schedule import PARTS, What, check_number
from syncd.usecases.ingest.sync import sync
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from syncd.core.errors import SyncdError
    from syncd.core.results import DayOutcome, Problem
    from syncd.daemon.schedule import Memory, Plan, Standing
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

    Ask = Callable[[Workspace], AbstractContextManager[ListingClient]]

DIFFERENCE = "difference"
"""The code of a fault that a comparison found; all others are a check's."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a piece of work is given: the archive with its clock, how it stands, and how upstream is asked.

    `go_on` ends the work where the turn is to end (Stopped).
    """

    work: Workspace
    standing: Standing
    plan: Plan
    ask: Ask
    watch: RunControl
    go_on: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What a piece of work did: the mailings it wrote, and the codes of the differences or problems it found.

    `error` is what upstream or a page of it did amiss.
    """

    memory: Memory
    new: tuple[DayOutcome, ...] = ()
    error: SyncdError | None = None
    codes: tuple[str, ...] = ()


def poll(task: Task, memory: Memory) -> Result:
    """Look whether the newest mailing due is there; while it is late the page shows the one before, which may be missing."""
    asked = _sync(task, task.standing.due, welcome=task.standing.missing)
    after = after_asking(What.POLL, task, memory, answered=asked.trouble is None)
    return Result(after, asked.new, asked.trouble or asked.refused)


def catch_up(task: Task, memory: Memory) -> Result:
    """Ask for the newest of the older dates that was not tried since the others were; one at a time, so each is kept."""
    asked = _sync(task, _next_missing(task, memory)[0])
    after = after_asking(What.CATCHUP, task, memory, answered=asked.trouble is None)
    return Result(after, asked.new, asked.trouble or asked.refused)


def _next_missing(task: Task, memory: Memory) -> tuple[date, set[date]]:
    """The date to ask for next, and those that need not be asked for again before all others were."""
    missing = set(task.standing.missing)
    untried = missing.difference(memory.tried)
    return max(untried or missing), missing - untried if untried else set()


def after_asking(what: What, task: Task, memory: Memory, *, answered: bool) -> Memory:
    """The memory after arXiv was asked: it did not answer, or `answered`, whatever came of that.

    A date for which it answered is tried, and not asked for again before all others were.
    """
    now = task.work.now()
    match what:
        case What.POLL:
            return replace(memory, polled=now, answered=answered)
        case What.CATCHUP:
            day, tried = _next_missing(task, memory)
            return replace(memory, caught_up=now, reached=answered, tried=_tried(tried, day if answered else None))
        case What.RECHECK:
            return replace(memory, recheck_tried=now)
        case _:
            return memory


def _tried(before: Iterable[date], day: date | None) -> tuple[date, ...]:
    return tuple(sorted({*before, day} if day is not None else before))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What asking for a date came to: mailings, upstream's trouble if it did not answer, the first error of what it answered."""

    new: tuple[DayOutcome, ...]
    trouble: SyncdError | None
    refused: SyncdError | None


def _sync(task: Task, day: date, welcome: Sequence[date] = ()) -> _Asked:
    with task.ask(task.work) as upstream:
        run = sync(task.work, upstream, [day], also_accepted=welcome)
    errors = [outcome.error for outcome in run.days if outcome.error is not None]
    trouble = run.error or next((error for error in errors if isinstance(error, UpstreamError)), None)
    return _Asked(_written(run.days), trouble, next(iter(errors), None))


def _written(outcomes: Iterable[DayOutcome]) -> tuple[DayOutcome, ...]:
    return tuple(outcome for outcome in outcomes if outcome.action in {Done.WRITTEN, Done.REGISTERED})


def compare_again(task: Task, memory: Memory) -> Result:
    """Compare the newest mailings with one page, and those that differed before with their own; only faults are remembered."""
    memory = replace(memory, recheck_tried=task.work.now())
    before = {fault.subject: fault for fault in memory.faults if fault.code == DIFFERENCE}
    with task.ask(task.work) as upstream:
        found = recheck(task.work, upstream, map(date.fromisoformat, before))
    if found.error is not None:
        return Result(memory, (), found.error)
    days = sorted({change.day for change in found.changes if severity(change.code) is Severity.FAULT})
    differing = (
        Trouble(DIFFERENCE, str(day), f"arXiv shows another mailing of {day}", f"syncd diff {day}") for day in days
    )
    for day in map(str, found.days):
        before.pop(day, None)
    kept = (fault for fault in memory.faults if fault.code != DIFFERENCE)
    memory = replace(memory, rechecked=task.standing.held, faults=(*kept, *before.values(), *differing))
    refused = next((outcome.error for outcome in found.outcomes if outcome.error is not None), None)
    return Result(memory, _written(found.outcomes), refused, tuple(change.code for change in found.changes))


def check_part(task: Task, memory: Memory) -> Result:
    """Check one part of the files, and once more those of dates that were at fault."""
    number = check_number(task.work.now(), task.plan)
    scope = Scope(full=True, share=number % PARTS, shares=PARTS)
    again = {day for day in map(_day, memory.faults) if day is not None}
    found = _problems(task, scope)
    found += _problems(task, Scope(days=again, full=True)) if again else []
    memory = replace(memory, checked=task.work.now())
    return _with_faults(memory, found, lambda day: day is not None and (day in again or scope.holds(day)))


def check_all(task: Task, memory: Memory) -> Result:
    """Check every file, and all that belongs to no single date."""
    found = _problems(task, Scope(full=True))
    memory = replace(memory, checked=task.work.now(), checked_all=task.work.now())
    return _with_faults(memory, found, lambda _day: True)


def _problems(task: Task, scope: Scope) -> list[Problem]:
    def go_on(done: int, everything: int) -> None:
        task.watch.report(Progress("checking", done, everything))
        task.go_on()

    found = check(task.work, scope, go_on).problems
    had = task.work.store.list_agreed_hashes()
    return [one for one in found if one.severity is Severity.FAULT and not _is_on_its_way(one, had)]


def _is_on_its_way(problem: Problem, had: Collection[date]) -> bool:
    """Whether a file is missing that this host never had: another brought the mailing in while this one checked."""
    return problem.code == "file-missing" and problem.day is not None and problem.day not in had


def _with_faults(memory: Memory, found: Iterable[Problem], looked_at: Callable[[date | None], bool]) -> Result:
    """The memory with the faults found instead of those that were looked at and are gone."""
    kept = (old for old in memory.faults if old.code == DIFFERENCE or not looked_at(_day(old)))
    faults = {trouble.key: trouble for trouble in (*kept, *map(_fault, found))}
    return Result(replace(memory, faults=tuple(faults.values())), codes=tuple(problem.code for problem in found))


def _fault(problem: Problem) -> Trouble:
    where = str(problem.day or problem.path or "the archive")
    return Trouble(problem.code, where, f"{where}: {problem.message}", problem.repair or "")


def _day(trouble: Trouble) -> date | None:
    try:
        return date.fromisoformat(trouble.subject)
    except ValueError:
        return None


JOBS: Mapping[What, Callable[[Task, Memory], Result]] = {
    What.POLL: poll,
    What.CATCHUP: catch_up,
    What.RECHECK: compare_again,
    What.CHECK: check_part,
    What.CHECK_ALL: check_all,
}
