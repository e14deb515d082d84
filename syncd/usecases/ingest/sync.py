"""Bring the archive up to date: the newest mailing, and every missing one that listing pages still give.

actions (dates to fetch, newest first) ─► /new for the newest ─► a catchup page for each other ─► accept ─► outcome
                                          └─ short ─► its catchup page, too: `/new` may lack deleted papers for ever
"""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from syncd.core import coverage, mailing
from syncd.core.errors import FolderError, OutOfReach, PartialPage, Unexpected, UpstreamError
from syncd.core.mailing import REACH
from syncd.core.model import State
from syncd.core.reconcile import Action, DayState, plan, plan_fetches
from syncd.core.results import DayOutcome, Done, Run
from syncd.core.values import dataclass
from syncd.usecases.ingest.accept import accept, reject
from syncd.usecases.ingest.context import IngestContext
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.skipped_days import explain_skipped
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_MAX_UNEXPECTED = 3
"""This many unexpected responses in a row mean that the trouble is with upstream and not with one day."""
_LATEST_ANNOUNCEMENT = time(6)
"""From this hour in New York an old `/new` is taken for a stale copy. Before it, the announcement may just be late."""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """The dates to fetch, newest first, and those that stay missing because no listing page reaches them, ascending.

    `refused` are dates that were named with others, and that no listing page can have, newest first.
    """

    fetches: tuple[Action, ...]
    waiting: tuple[date, ...] = ()
    refused: tuple[OutOfReach, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """The dates to fetch, newest first."""
        return tuple(action.day for action in self.fetches)


def plan_sync(work: Workspace, days: Sequence[date]) -> SyncPlan:
    """Return what a sync would fetch: `days`, or every open date within reach. OutOfReach when nothing of `days` is within it."""
    newest = coverage.newest_possible(work.now())
    oldest = today(work) - REACH
    if days:
        return _plan_given_days(work, days, oldest, newest)
    actions = plan_fetches(work.reports(work.coverage_start(), newest))[::-1]
    first = max(oldest, work.config.archive.since)
    within = tuple(action for action in actions if action.day >= first)
    return SyncPlan(within, tuple(sorted(action.day for action in actions if action.day < first)))


def _plan_given_days(work: Workspace, days: Sequence[date], oldest: date, newest: date) -> SyncPlan:
    states = {day: work.report(day).state for day in days}
    late = [OutOfReach("not announced yet", days=(day,), is_future=True) for day in states if day > newest]
    actions = plan(
        DayState(day, due=_may_gain(day, states[day])) for day in sorted(states, reverse=True) if day <= newest
    )
    fetches = tuple(action for action in actions if action.day >= oldest or not coverage.is_held(states[action.day]))
    reach = f"listing pages reach back to {oldest}"
    early = [OutOfReach(reach, days=(action.day,)) for action in fetches if action.day < oldest]
    if len(states) == len((*late, *early)) and not (late and early):
        together = (*late, *early)[0]
        raise OutOfReach(together.detail, days=tuple(sorted(states)), is_future=together.is_future)
    refused = sorted((*late, *early), key=lambda error: error.days, reverse=True)
    return SyncPlan(tuple(action for action in fetches if action.day >= oldest), refused=tuple(refused))


def _may_gain(day: date, state: State) -> bool:
    """Return whether fetching a date that was named may change it. A weekday without a mailing may have been misjudged."""
    if state is State.NO_MAILING:
        return day.isoweekday() <= 5
    return state not in {State.COMPLETE, State.CONFLICT}


def preview_sync(work: Workspace, days: Sequence[date] = ()) -> Run:
    """Return what a sync would do, without asking or changing anything."""
    planned = plan_sync(work, days)
    newest = mailing.newest_due(work.now(), work.calendar_around(today(work)))
    outcomes = (
        DayOutcome(
            day,
            work.report(day).state,
            Done.PLANNED,
            work.folder.path_of(day),
            source="new" if day == newest else "catchup",
        )
        for day in planned.days
    )
    restored = _restore_lost_parts(work, days or _list_lost_files(work), dry_run=True)
    held = (outcome for day, outcome in restored.items() if day not in planned.days)
    return Run((*outcomes, *held, *_report_refused(work, planned.refused)), waiting=planned.waiting)


def sync(
    work: Workspace,
    client: ListingClient,
    days: Sequence[date] = (),
    *,
    also_accepted: Sequence[date] = (),
    witness: bool = False,
    control: RunControl = UNSTOPPED,
    is_recovered: bool = False,
) -> Run:
    """Fetch what is missing, newest first. Each day is final as soon as it is written. Idempotent.

    `also_accepted` are dates that are accepted where `/new` happens to show one of them. They are never asked for. A page that is
    rejected is that day's outcome. Trouble with upstream ends the run and leaves the rest pending. So does
    `control`, and the rest is then what is `left`. Where it stops the work before the first request, Cancelled is raised.

    Where the run `is_recovered`, it has finished already what a killed one left. That reads the records of all mailings.
    """
    if not is_recovered:
        # A date whose row was written before a kill is not asked for again, so its file is written first.
        finish_interrupted(work)
    planned = plan_sync(work, days)
    restored = _restore_lost_parts(work, days or _list_lost_files(work), control)
    refused = list(_report_refused(work, planned.refused))
    rest = {day for day in days if day not in planned.days} - {outcome.day for outcome in refused}
    outcomes = [restored.get(day) or _describe_unchanged(work, day) for day in days if day in rest]
    if not days:
        outcomes += [outcome for day, outcome in restored.items() if day not in planned.days]
    error: UpstreamError | None = None
    is_cancelled = False
    if planned.days:
        # What cannot be kept is not asked for.
        work.vault.require_writable()
    try:
        fetched = _fetch(IngestContext(work, client, witness), client, planned.days, also_accepted)
        for outcome in _report_each(work, fetched, planned, control):
            outcomes.append(outcome)
    except UpstreamError as caught:
        error = caught
    except Cancelled:
        is_cancelled = True
    done = {outcome.day for outcome in outcomes}
    rest_of_plan = tuple(day for day in planned.days if day not in done)
    if not is_cancelled:
        outcomes.extend(_describe_unchanged(work, day) for day in rest_of_plan)
    untouched = {one.day for one in outcomes if one.action is Done.NONE and one.error is None and not one.note}
    skipped = explain_skipped(work, [day for day in days if day in untouched], with_open=error is not None)
    left = rest_of_plan if is_cancelled else ()
    days_done = (*outcomes, *refused)
    return Run(days_done, 0, error, planned.waiting, skipped, ended=is_cancelled, left=left)


def _report_each(
    work: Workspace, outcomes: Iterable[DayOutcome], planned: SyncPlan, control: RunControl
) -> Iterator[DayOutcome]:
    """Yield the outcomes, and report each. Raise Cancelled after the one at which the work is to stop."""
    if not planned.days:
        return
    total, seconds = len(planned.days), work.config.upstream.listing_interval.total_seconds()
    doing = Progress("fetching mailings", 0, total, seconds_each=seconds)
    control.check_cancelled()
    control.report(doing)
    for done, outcome in enumerate(outcomes, 1):
        yield outcome
        control.report(replace(doing, done=min(done, total), outcome=outcome))
        if done < total:
            control.check_cancelled()


def _restore_lost_parts(
    work: Workspace, days: Sequence[date], control: RunControl = UNSTOPPED, *, dry_run: bool = False
) -> dict[date, DayOutcome]:
    """Repair those of the days that are held while their file or their entries are gone, and return what came of it."""
    lost = {day: what for day in days if (what := _find_lost_part(work, day))}
    run = repair(work, list(lost), dry_run=dry_run, control=control) if lost else Run(())
    if run.ended:
        raise Cancelled
    return {
        outcome.day: replace(outcome, note=_note_loss(outcome, lost[outcome.day]), source=None)
        for outcome in run.days
        if outcome.day is not None
    }


def _list_lost_files(work: Workspace) -> list[date]:
    """Return the mailings within reach of listing pages that are held and have no file, newest first."""
    held = work.store.mailings(today(work) - REACH)
    return [day for day in sorted(held, reverse=True) if not _has_file(work, day)]


def _find_lost_part(work: Workspace, day: date) -> str:
    """Return which part of a held mailing is gone. The text is empty where the day is whole, or not held."""
    if day not in work.store.mailings(day, day):
        return ""
    if not _has_file(work, day):
        return "file"
    return "rows" if work.store.list_days_without_entries(day, day) else ""


def _note_loss(outcome: DayOutcome, part: str) -> str:
    verbs = {"file": ("was", "is"), "rows": ("were", "are")}[part]
    notes = {Done.RESTORED: f"its {part} {verbs[0]} gone", Done.PLANNED: f"its {part} {verbs[1]} gone"}
    return notes.get(outcome.action, outcome.note)


def _has_file(work: Workspace, day: date) -> bool:
    try:
        return work.folder.stat(day) is not None
    except FolderError:
        return True  # something else stands there: that is `check`'s matter


def _report_refused(work: Workspace, refused: Sequence[OutOfReach]) -> Iterator[DayOutcome]:
    for error in refused:
        (day,) = error.days
        yield DayOutcome(day, work.report(day).state, Done.REFUSED, error=error)


def _describe_unchanged(work: Workspace, day: date) -> DayOutcome:
    report = work.report(day)
    path = work.folder.path_of(day) if report.papers is not None else None
    return DayOutcome(day, report.state, Done.NONE, path, report.papers, source=report.source)


def _fetch(
    context: IngestContext, client: ListingClient, days: Sequence[date], also_accepted: Sequence[date]
) -> Iterator[DayOutcome]:
    """Yield the outcome of each day as it becomes final. `/new` may settle another date than the one expected."""
    work = context.work
    newest = mailing.newest_due(work.now(), work.calendar_around(today(work)))
    done: set[date | None] = set()
    if newest in days:
        outcomes = [
            outcome
            for outcome in _fetch_newest(context, client, newest, (*days, *also_accepted))
            if outcome.day not in days or not _is_short(work, outcome)
        ]
        yield from outcomes
        done = {outcome.day for outcome in outcomes}
    unexpected = 0
    for day in days:
        # Another process may have written the mailing since this run began.
        if day in done or ((row := work.store.mailing(day)) is not None and row.state is State.COMPLETE):
            continue
        outcome = _fetch_day(context, client, day)
        if not isinstance(outcome.error, Unexpected):
            unexpected = 0
        elif (unexpected := unexpected + 1) == _MAX_UNEXPECTED:
            raise outcome.error
        yield outcome


def _is_short(work: Workspace, outcome: DayOutcome) -> bool:
    """Return whether `/new` was not whole, on a date whose catchup page exists by now. That page lacks no deleted paper."""
    return isinstance(outcome.error, PartialPage) and outcome.day is not None and outcome.day <= today(work)


def _fetch_newest(
    context: IngestContext, client: ListingClient, day: date, missing: Sequence[date]
) -> Iterator[DayOutcome]:
    """Yield what `/new` gives: the date expected, or an older one that is missing too, or a note that it is late."""
    work = context.work
    try:
        fetched = client.fetch_new()
    except RejectedPage as rejected:
        yield reject(work, rejected, day)
        return
    heading = fetched.heading
    if heading is None or heading >= day:
        # A day that the calendar does not expect may be announced. One that cannot have been is checked against the day due.
        is_possible = heading is not None and heading <= coverage.newest_possible(work.now())
        yield accept(context, fetched, heading if is_possible else day)
        return
    if heading in missing:
        yield accept(context, fetched, heading)
    # A stale page has no outcome here, so that the catchup page of the day is asked for.
    if not _is_stale(work, day):
        note = f"not announced yet: arXiv still shows {heading}"
        yield DayOutcome(day, work.report(day).state, Done.NONE, source="new", note=note)


def _is_stale(work: Workspace, day: date) -> bool:
    """Return whether a page older than `day` is too old to be explained by a late announcement."""
    local = work.now().astimezone(mailing.NEW_YORK)
    return local.date() > day or (local.date() == day and local.time() >= _LATEST_ANNOUNCEMENT)


def _fetch_day(context: IngestContext, client: ListingClient, day: date) -> DayOutcome:
    """Return the outcome of the catchup page of one day. An unexpected response concerns that day alone."""
    work = context.work
    if day > today(work):
        note = "arXiv gives no catchup page before midnight in New York"
        return DayOutcome(day, work.report(day).state, Done.NONE, note=note)
    try:
        return accept(context, client.fetch_catchup(day), day)
    except RejectedPage as rejected:
        return reject(work, rejected, day)
    except Unexpected as error:
        return DayOutcome(day, work.report(day).state, Done.REFUSED, error=error)
