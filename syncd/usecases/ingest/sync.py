"""Bring the archive up to date: the newest mailing and every one missing that listing pages still give.

targets (dates, newest first) ─► /new for the newest ─► catchup for each other ─► accept ─► outcome
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from syncd.core import coverage, mailing
from syncd.core.errors import FolderError, LayoutUnknown, OutOfReach, PageError, Unexpected, UpstreamError
from syncd.core.mailing.windows import REACH
from syncd.core.model import State
from syncd.core.reconcile import plan_fetches
from syncd.core.results import DayOutcome, Done, Run
from syncd.sources import listing
from syncd.usecases.ingest.accept import IngestContext, accept, reject
from syncd.usecases.ingest.preview import Foresight
from syncd.usecases.ingest.upstream_client import FetchedListing, RejectedPage
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.workspace import today
from syncd.web import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

_ODD = 3
"""So many answers in a row that no rule covers are trouble with upstream, not with one day."""
_LATE = time(6)
"""The hour in New York from which an old `/new` is suspected to be a stale copy rather than a late announcement."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Dates to ask for, newest first; those that stay missing because no listing page reaches them, ascending."""

    wanted: tuple[date, ...]
    waiting: tuple[date, ...]


def targets(work: Workspace, days: Sequence[date]) -> Targets:
    """What a sync would ask for: `days`, or every open date within reach; OutOfReach when a given date is beyond it."""
    newest = coverage.newest_possible(work.now())
    nearest = today(work) - REACH
    if days:
        return _given(work, days, nearest, newest)
    first = max(nearest, work.config.archive.since)
    open_days = [fetch.day for fetch in plan_fetches(work.reports(work.coverage_start(), newest))]
    wanted = tuple(sorted((day for day in open_days if day >= first), reverse=True))
    return Targets(wanted, tuple(day for day in open_days if day < first))


def _given(work: Workspace, days: Sequence[date], nearest: date, newest: date) -> Targets:
    if late := tuple(sorted(day for day in days if day > newest)):
        raise OutOfReach("not announced yet", days=late)
    states = {day: work.report(day).state for day in days}
    wanted = {day for day, state in states.items() if _is_worth_asking(day, state)}
    held = {day for day in wanted if coverage.is_held(states[day])}
    if early := tuple(sorted(day for day in wanted - held if day < nearest)):
        raise OutOfReach(f"listing pages reach back to {nearest}", days=early)
    return Targets(tuple(sorted((day for day in wanted if day >= nearest), reverse=True)), ())


def _is_worth_asking(day: date, state: State) -> bool:
    """Whether a date that was named may gain by being asked for; a weekday said to have no mailing may have been misjudged."""
    if state is State.NO_MAILING:
        return day.isoweekday() <= 5
    return state not in {State.COMPLETE, State.CONFLICT}


def plan(work: Workspace, days: Sequence[date] = ()) -> Run:
    """What a sync would do, without asking or changing anything."""
    found = targets(work, days)
    newest = mailing.newest_due(work.now(), work.calendar())
    outcomes = (
        DayOutcome(day, _state(work, day), Done.PLANNED, work.folder.path_of(day), source=_route(day, newest))
        for day in found.wanted
    )
    return Run(tuple(outcomes), waiting=found.waiting)


def _route(day: date, newest: date) -> str:
    return "new" if day == newest else "catchup"


def sync(
    work: Workspace,
    upstream: ListingClient,
    days: Sequence[date] = (),
    *,
    welcome: Sequence[date] = (),
    witness: bool = False,
) -> Run:
    """Ask for what is missing, newest first; each day is final as soon as it is written. Idempotent.

    `welcome` are dates that are let in where `/new` shows one of them by itself, and never asked for. A page that is refused
    is that day's outcome; trouble with upstream ends the run and leaves the rest pending.
    """
    finish_interrupted(work)
    found = targets(work, days)
    outcomes = [_untouched(work, day) for day in days if day not in found.wanted]
    error: UpstreamError | None = None
    try:
        for outcome in _visit(IngestContext(work, upstream, witness), found.wanted, welcome):
            outcomes.append(outcome)  # noqa: PERF402  what came before an error counts
    except UpstreamError as caught:
        error = caught
    done = {outcome.day for outcome in outcomes}
    outcomes.extend(_untouched(work, day) for day in found.wanted if day not in done)
    return Run(tuple(outcomes), error=error, waiting=found.waiting)


def _untouched(work: Workspace, day: date) -> DayOutcome:
    report = work.report(day)
    path = work.folder.path_of(day) if report.papers is not None else None
    return DayOutcome(day, report.state, Done.NONE, path, report.papers, source=report.source)


def _state(work: Workspace, day: date) -> State:
    return work.report(day).state


def _visit(door: IngestContext, wanted: Sequence[date], welcome: Sequence[date]) -> Iterator[DayOutcome]:
    newest = mailing.newest_due(door.work.now(), door.work.calendar())
    rest = list(wanted)
    if newest in rest:
        outcomes = list(_newest(door, newest, (*wanted, *welcome)))
        yield from outcomes
        settled = {outcome.day for outcome in outcomes}
        rest = [day for day in rest if day not in settled]
    odd = 0
    for day in rest:
        if _is_held_by_now(door.work, day):
            continue
        outcome = _day(door, day)
        odd = odd + 1 if isinstance(outcome.error, Unexpected) else 0
        if odd == _ODD and isinstance(outcome.error, Unexpected):
            raise outcome.error
        yield outcome


def _is_held_by_now(work: Workspace, day: date) -> bool:
    """Whether another process brought the mailing in since this run began."""
    mailing_ = work.store.mailing(day)
    return mailing_ is not None and mailing_.state is State.COMPLETE


def _newest(door: IngestContext, day: date, missing: Sequence[date]) -> Iterator[DayOutcome]:
    """What `/new` gives: the date expected, or an older one that is missing too, or word that it is late."""
    try:
        account = _upstream(door).new()
    except RejectedPage as refused:
        yield reject(door.work, refused, day)
        return
    heading = account.heading
    if heading is None or heading >= day:
        # A day that the calendar does not expect may be announced; one that cannot have been is held against the day due.
        believable = heading is not None and heading <= coverage.newest_possible(door.work.now())
        yield accept(door, account, heading if believable else day)
        return
    if heading in missing:
        yield accept(door, account, heading)
    if not _is_suspect(door.work, day):
        note = f"not announced yet: arXiv still shows {heading}"
        yield DayOutcome(day, _state(door.work, day), Done.NONE, source="new", note=note)


def _is_suspect(work: Workspace, day: date) -> bool:
    """Whether a page older than `day` is too old to be explained by a late announcement."""
    local = work.now().astimezone(mailing.NEW_YORK)
    return local.date() > day or (local.date() == day and local.time() >= _LATE)


def _day(door: IngestContext, day: date) -> DayOutcome:
    if day > today(door.work):
        note = "arXiv gives no catchup page before midnight in New York"
        return DayOutcome(day, _state(door.work, day), Done.NONE, note=note)
    try:
        return accept(door, _upstream(door).catchup(day), day)
    except RejectedPage as refused:
        return reject(door.work, refused, day)
    except Unexpected as error:
        return DayOutcome(day, _state(door.work, day), Done.REFUSED, error=error)


def _upstream(door: IngestContext) -> ListingClient:
    if door.upstream is None:
        raise ValueError("a sync needs an upstream")
    return door.upstream


def from_pages(work: Workspace, paths: Sequence[Path], *, dry_run: bool = False) -> Run:
    """Take mailings from listing pages saved by hand, the parts of one mailing in any order. Asks nothing.

    A dry run changes nothing: its outcomes are those of the real run, `planned` where that would place a mailing.
    """
    if dry_run:
        foresight = Foresight(work)
        return _taken(work, paths, foresight.accept, foresight.refuse)
    finish_interrupted(work)
    door = IngestContext(work, None)
    return _taken(work, paths, lambda group: accept(door, group, None), lambda page: reject(work, page, None))


def _taken(
    work: Workspace,
    paths: Sequence[Path],
    take: Callable[[FetchedListing], DayOutcome],
    leave: Callable[[RejectedPage], DayOutcome],
) -> Run:
    pages, unread = _read([_saved(path) for path in paths])
    outcomes = [leave(one) for one in unread]
    return Run((*outcomes, *(take(group) for group in _groups(pages, work.config.archive.category))))


def _saved(path: Path) -> Response:
    """A saved page as if it had just been received when its file was written."""
    try:
        received = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Response(url=path.resolve().as_uri(), status=200, headers=(), body=path.read_bytes(), received=received)
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error


def _read(responses: Sequence[Response]) -> tuple[list[tuple[listing.Page, Response]], list[RejectedPage]]:
    """The pages with abstracts among the responses, and those that are none."""
    pages: list[tuple[listing.Page, Response]] = []
    unread: list[RejectedPage] = []
    for response in responses:
        try:
            page = listing.read(response.body)
            if page.kind not in {"new", "catchup"}:
                detail = f"a page of kind {page.kind} holds no abstracts; save /new or a catchup page with abstracts"
                raise LayoutUnknown(detail, reason="no-abstracts", url=response.url)
        except PageError as error:
            unread.append(RejectedPage(error, (response,)))
        else:
            pages.append((page, response))
    return pages, unread


def _groups(pages: Sequence[tuple[listing.Page, Response]], category: str) -> list[FetchedListing]:
    """The parts of each mailing put together."""
    groups: dict[tuple[str, date | None], list[tuple[listing.Page, Response]]] = {}
    for page, response in pages:
        groups.setdefault((page.kind, page.day), []).append((page, response))
    for parts in groups.values():
        parts.sort(key=lambda part: part[0].first or 0)
    return [
        FetchedListing(tuple(p for p, _ in parts), tuple(r for _, r in parts), category) for parts in groups.values()
    ]
