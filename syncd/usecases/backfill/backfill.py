"""Create every missing digest of a range: the last 90 days from catchup pages, all older days from bulk metadata.

    actions (dates to fetch) ─► older:  metadata ─► infer (the day of every id) ─► first versions ─► write
                             └─► recent: catchup pages (day and section exact) ─► first versions ─► accept

A reconstructed digest that lacks papers is completed. All others are never rewritten: where metadata knows other papers of their
days, the outcome says so. What is finished is kept: the next run continues where this one stopped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from syncd.core import coverage
from syncd.core.errors import HostBlocked, OutOfReach, SyncdError, Unavailable, UpstreamError
from syncd.core.mailing import REACH
from syncd.core.model import Certainty, State
from syncd.core.reconcile import plan_fetches
from syncd.core.results import BackfillResult, DayOutcome, Done, Run
from syncd.core.values import dataclass
from syncd.usecases.backfill.early_pages import list_early_pages
from syncd.usecases.backfill.first_versions import FirstVersions
from syncd.usecases.backfill.harvest import DateRange, harvest, is_covered
from syncd.usecases.backfill.infer import Beside, infer
from syncd.usecases.backfill.lacking_papers import find_lacking, leave_out_doubtful
from syncd.usecases.backfill.lost_records import close_read, group_by_day, keep_open, keep_possible, report_open
from syncd.usecases.backfill.older import OlderDays, describe_difference
from syncd.usecases.backfill.recent import RecentDays
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import Cancelled, Progress
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from syncd.core.model import PaperId
    from syncd.core.results import LostRecord, PapersOutside
    from syncd.usecases.backfill.infer import Inferred
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


_OTHER_ROUTES = "; other routes: --source catchup for the last 90 days, --snapshot FILE for all"


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """What to fill: the listing dates `since` … `until`, from `source` (auto, catchup, oai or snapshot).

    `announced` asks for the text of first versions. Without it, papers revised since keep the newest text. A snapshot must
    have been loaded before. `beside` is what else is known of it, and `modified` its latest datestamp.
    """

    since: date
    until: date
    source: str = "auto"
    announced: bool = True
    beside: Beside = field(default_factory=Beside)
    modified: date | None = None


class Routes(NamedTuple):
    """The dates to fill from catchup pages, and those to fill from bulk metadata, each newest first."""

    recent: list[date]
    older: list[date]


@dataclass(slots=True)
class _Gained:
    """What a run gains on its way: first versions, and how many papers it wrote, by how surely their day is known.

    `outside` counts the papers of mailings that were not asked for. `lost` are the records that could not be read.
    """

    texts: FirstVersions
    written: Counter[Certainty] = field(default_factory=Counter)
    outside: PapersOutside | None = None
    lost: list[LostRecord] = field(default_factory=list)


def plan_routes(work: Workspace, request: BackfillRequest) -> Routes:
    """Return how each open date of the request is filled. OutOfReach when only catchup pages are wanted and one is too old."""
    until = min(request.until, coverage.newest_possible(work.now()))
    days = [action.day for action in plan_fetches(work.reports(request.since, until))][::-1]
    if request.source in {"oai", "snapshot"}:
        return Routes([], days)
    oldest = today(work) - REACH
    routes = Routes([day for day in days if day >= oldest], [day for day in days if day < oldest])
    if request.source == "catchup" and routes.older:
        raise OutOfReach(f"catchup pages reach back to {oldest}", days=tuple(sorted(routes.older)))
    return routes


def list_inferred_days(work: Workspace, request: BackfillRequest) -> list[date]:
    """Return the days of the request that metadata fills or has filled before, ascending."""
    reports = work.reports(request.since, min(request.until, coverage.newest_possible(work.now())))
    reconstructed = (report.day for report in reports if report.state is State.RECONSTRUCTED)
    return sorted({*plan_routes(work, request).older, *reconstructed})


def backfill(work: Workspace, access: UpstreamAccess, request: BackfillRequest) -> BackfillResult:
    """Fill the range. Trouble with one day is its outcome. Trouble with upstream ends the run and leaves the rest pending.

    Trouble with the texts of first versions ends nothing: the days that need none of them are written.
    """
    finish_interrupted(work)
    routes = plan_routes(work, request)
    if routes.recent or routes.older:
        # What cannot be kept is not asked for.
        work.vault.require_writable()
    access = _ask_early(work, access, routes.recent)
    outcomes: list[DayOutcome] = []
    gained = _Gained(FirstVersions(work, access.web, access.control))
    error: SyncdError | None = None
    is_cancelled = False
    try:
        for outcome in _fill(work, access, request, routes, gained):
            outcomes.append(outcome)  # noqa: PERF402  what came before the end counts
    except Cancelled:
        is_cancelled = True
    except RejectedPage as rejected:
        error = keep_rejected(work, rejected, None)
    except UpstreamError as trouble:
        error = trouble
    done = {outcome.day for outcome in outcomes}
    waiting = tuple(sorted(day for day in (*routes.recent, *routes.older) if day not in done))
    certainties = {kind: gained.written[kind] for kind in (Certainty.PROVEN, Certainty.BOUNDED, Certainty.ASSUMED)}
    left = waiting if is_cancelled else ()
    run = Run(tuple(outcomes), error=error, waiting=waiting, ended=is_cancelled, left=left)
    texts, lost = gained.texts, (*gained.lost, *gained.texts.lost)
    return BackfillResult(run, certainties, is_cancelled, texts.trouble, gained.outside, lost, texts.paragraphs_unknown)


def _ask_early(work: Workspace, access: UpstreamAccess, recent: Iterable[date]) -> UpstreamAccess:
    """Return the access with which the pages of recent dates are asked for while older ones are loaded and written."""
    early = list_early_pages(work, access.listing, access.control, recent)
    control = replace(access.control, meanwhile=early.ask_next)
    return replace(access, listing=replace(access.listing, web=early), control=control)


def _fill(
    work: Workspace, access: UpstreamAccess, request: BackfillRequest, routes: Routes, gained: _Gained
) -> Iterator[DayOutcome]:
    """Yield the outcome of every day, each once it is final."""
    trouble: UpstreamError | RejectedPage | None = None
    try:
        yield from _fill_older(work, access, request, routes, gained)
    except HostBlocked:
        raise
    except (UpstreamError, RejectedPage) as error:
        trouble = error  # the recent days come from another host, so they are tried all the same
    yield from _fill_recent(work, access, request, routes.recent, gained.texts)
    if isinstance(trouble, RejectedPage):
        trouble.error.detail += _OTHER_ROUTES
    elif isinstance(trouble, Unavailable) and trouble.is_cut:
        trouble.detail += _OTHER_ROUTES
    if trouble is not None:
        raise trouble


def _fill_older(
    work: Workspace, access: UpstreamAccess, request: BackfillRequest, routes: Routes, gained: _Gained
) -> Iterator[DayOutcome]:
    recent, older = routes
    examined = set() if request.source == "catchup" else set(list_inferred_days(work, request)) - set(older)
    if not older and not examined:
        return
    beside, asks = request.beside, request.source != "snapshot" and bool(older or request.source == "oai")
    if asks:
        # The metadata must cover the recent days too: it shows which of their papers were revised since.
        dates = DateRange(min(older or examined), max((*(older or examined), *recent)))
        beside = Beside(unread=harvest(work, access.web, dates, access.control))
    days = {*older, *examined}
    access.control.report(Progress("inferring the dates of papers"))
    held = work.store.list_announced_ids(min(days), max(days))
    asked = (request.since, request.until)
    everything = infer(work, sorted({*days, *held}), beside, access.control, within=asked)
    inferred = leave_out_doubtful(work, everything, held)
    older = _add_denied(work, request, routes, inferred.denied)
    days |= set(older)
    gained.outside = inferred.outside if older else None
    source = "snapshot" if request.source == "snapshot" else "oai"
    gained.lost.extend(keep_possible(work, inferred.lost, older))
    lost = group_by_day(gained.lost)
    yield from keep_open(work, lost, source)
    if asks or source == "snapshot":
        staying = close_read(work, (days | held.keys()).difference(lost), source)
        yield from (report_open(work, found) for found in staying)
        lost |= {found.day: [] for found in staying}
    lacking = [day for day in find_lacking(work, inferred, held) if day not in {*older, *lost}]
    others = {day: ids for day, ids in held.items() if day not in {*older, *lost, *lacking}}
    yield from _report_differences(work, everything, others)
    texts = gained.texts if request.announced else None
    writer = OlderDays(work, access.control, inferred, source, texts, gained.written, request.modified, held)
    yield from writer.fill([day for day in (*older, *lacking) if day not in lost])


def _add_denied(work: Workspace, request: BackfillRequest, routes: Routes, denied: Iterable[date]) -> list[date]:
    """Return the dates to fill from metadata with those of mailings that only the calendar denies, newest first.

    Where a catchup page shows such a mailing exactly, its date joins those to fill from pages.
    """
    oldest = date.max if request.source in {"oai", "snapshot"} else today(work) - REACH
    routes.recent[:] = sorted({*routes.recent, *(day for day in denied if day >= oldest)}, reverse=True)
    return sorted({*routes.older, *(day for day in denied if day < oldest)}, reverse=True)


def _fill_recent(
    work: Workspace, access: UpstreamAccess, request: BackfillRequest, recent: list[date], texts: FirstVersions
) -> Iterator[DayOutcome]:
    if not recent:
        return
    is_fresh = is_covered(work, DateRange(min(recent), today(work)))
    pages = RecentDays(work, access.listing, texts, is_fresh)
    outcomes = pages.fill(recent) if request.announced else pages.fill_as_shown(recent)
    seconds = work.config.upstream.listing_interval.total_seconds()
    doing = Progress("fetching mailings", 0, len(recent), seconds_each=seconds)
    access.control.report(doing)
    for done, outcome in enumerate(outcomes, 1):
        yield outcome
        access.control.report(replace(doing, done=done, outcome=outcome))
        access.control.check_cancelled()


def _report_differences(work: Workspace, inferred: Inferred, held: Mapping[date, set[PaperId]]) -> Iterator[DayOutcome]:
    """Yield an outcome for each held day of which metadata knows other papers. The day stays unchanged."""
    rows = work.store.mailings(min(held), max(held)) if held else {}
    for day, ours in held.items():
        theirs = {member.id for member in inferred.members[day]}
        if ours != theirs:
            row, note = rows[day], describe_difference(ours, theirs)
            yield DayOutcome(
                day, row.state, Done.NONE, work.folder.path_of(day), row.papers, source=row.source, note=note
            )
