"""A comparison with upstream, from the dates to the differences. It changes no file, row or checkpoint of a mailing.

dates ─► source of each date ─► its view of the mailing ─► what differs ─► explained by versions ─► moved papers ─► Comparison
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from syncd.core import diff as diffs
from syncd.core.errors import UpstreamError
from syncd.core.model import Change
from syncd.core.results import Comparison, DayFiles, LostRows, NotCompared
from syncd.core.values import dataclass
from syncd.sources.api import BATCH
from syncd.usecases.compare.api_texts import ApiTexts
from syncd.usecases.compare.file_comparison import find_damage, has_texts, read_or_none, render_or_none
from syncd.usecases.compare.moved_papers import MovedPapers
from syncd.usecases.compare.plan import plan
from syncd.usecases.compare.select import assign_sources
from syncd.usecases.compare.source_table import load_source
from syncd.usecases.compare.source_view import NotAvailable, not_available
from syncd.usecases.compare.versions import DayDifferences, explain, find_unexplained, mark_deleted, mark_withdrawn
from syncd.usecases.progress import Cancelled, Progress
from syncd.usecases.reconcile.lost_rows import find_lost_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.usecases.compare.select import Selection
    from syncd.usecases.compare.source_view import Source, SourceView
    from syncd.usecases.progress import RunControl
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _DayBatch:
    """Some dates that are explained together, so that one request can explain many of their papers."""

    differences: list[DayDifferences] = field(default_factory=list)
    unavailable: list[NotAvailable] = field(default_factory=list)


@dataclass(slots=True)
class _DayCounter:
    """Reports how many of the dates were looked at. `seconds` is the time that all take at arXiv's rate limits."""

    control: RunControl
    total: int
    seconds: float
    done: int = 0

    def __post_init__(self) -> None:
        self._report()

    def add(self) -> None:
        """Count a date."""
        self.done += 1
        self._report()

    def _report(self) -> None:
        each = self.seconds / max(self.total, 1)
        self.control.report(Progress("comparing", min(self.done, self.total), self.total, seconds_each=each))


def compare(work: Workspace, upstream: UpstreamAccess, selection: Selection) -> Iterator[Comparison]:
    """Compare the archive with upstream, and yield the result in final parts, about newest first.

    The last part holds what concerns membership, when all dates are known. Trouble with upstream ends the comparison: the
    last part then carries the error, and lists the dates not reached as not compared. So it does where the control stops it.
    """
    moved, lost = MovedPapers(work), _report_lost_rows(work, selection.days)
    if lost.changes:
        yield lost
    selection = replace(selection, days=tuple(set(selection.days) - {change.day for change in lost.changes}))
    remaining = set(selection.days)
    counter = _DayCounter(upstream.control, len(remaining), plan(work, selection).minutes * 60)
    try:
        for name, days in assign_sources(work, selection):
            withdrawals: dict[PaperId, str] | None = None
            for batch in _view_in_batches(work, upstream, load_source(name), days, counter.add):
                if withdrawals is None:  # not read earlier: the source's harvest may have brought new ones
                    withdrawals = _read_withdrawals(work)
                deletions = work.store.get_deletions(_list_own_papers(batch))
                found = [mark_deleted(mark_withdrawn(one, withdrawals), deletions) for one in batch.differences]
                changes = [change for one in found for change in moved.take(one)]
                changes += [change for one in batch.unavailable for change in one.changes]
                skipped = [one.not_compared for one in batch.unavailable]
                skipped += [reason for one in found for reason in one.not_compared]
                both = [_both_files(work, one.view) for one in found if one.changes and selection.with_files]
                yield Comparison(tuple(changes), len(found), tuple(skipped), both=tuple(both))
                remaining -= {one.view.day for one in found} | {one.not_compared.day for one in batch.unavailable}
    except UpstreamError as error:
        yield Comparison(moved.match(), 0, _list_unreached(remaining, "upstream could not be asked"), error=error)
        return
    except Cancelled:
        yield Comparison(moved.match(), 0, _list_unreached(remaining, "the comparison was interrupted"), ended=True)
        return
    yield Comparison(moved.match(), 0)


def _list_unreached(days: Iterable[date], why: str) -> tuple[NotCompared, ...]:
    return tuple(NotCompared(day, "mailing", why) for day in sorted(days))


def _report_lost_rows(work: Workspace, days: Sequence[date]) -> Comparison:
    """Report the dates whose rows are gone. No source is asked about them, because there is nothing to compare it with."""
    if not days:
        return Comparison((), 0)
    lost = [one for day, one in find_lost_rows(work, min(days), max(days)).items() if day in days]
    # Such an id cannot be asked for.
    odd, why = work.store.list_days_with_odd_ids(min(days), max(days)), "an id in its rows is no id of arXiv"
    lost += [LostRows(day, why, f"syncd repair {day}", has_file=False) for day in odd if day in days]
    changes = (Change(one.day, "row-missing" if one.has_file else "sql-damaged", detail=one.why) for one in lost)
    return Comparison(tuple(changes), 0, tuple(NotCompared(one.day, "mailing", one.why) for one in lost))


def _view_in_batches(
    work: Workspace, upstream: UpstreamAccess, source: Source, days: Sequence[date], on_view: Callable[[], None]
) -> Iterator[_DayBatch]:
    """Ask the source about these dates, and explain what differs as soon as a full request for versions can be sent."""
    texts = ApiTexts(work, upstream.web if source.asks_api else None)
    batch = _DayBatch()
    try:
        for view in _ask(work, upstream, source, days):
            on_view()
            if isinstance(view, NotAvailable):
                batch.unavailable.append(view)
                continue
            batch.differences.append(DayDifferences(view, find_changes(work, view), view.not_compared))
            waiting = find_unexplained(batch.differences)
            if not waiting or len(waiting) >= BATCH:
                yield _DayBatch(explain(batch.differences, texts), batch.unavailable)
                batch = _DayBatch()
        yield _DayBatch(explain(batch.differences, texts), batch.unavailable)
    except (UpstreamError, Cancelled):
        # What was seen before the trouble counts. What only more requests would explain stays unexplained.
        yield _DayBatch(explain(batch.differences, replace(texts, web=None)), batch.unavailable)
        raise


def _ask(
    work: Workspace, upstream: UpstreamAccess, source: Source, days: Sequence[date]
) -> Iterator[SourceView | NotAvailable]:
    reasons = {day: source.out_of_reach(work, day) for day in days}
    # These come first, so that an outage of upstream does not hide the reason.
    yield from (not_available(day, reason) for day, reason in reasons.items() if reason is not None)
    yield from source.show(work, upstream, [day for day in days if reasons[day] is None])


def find_changes(work: Workspace, view: SourceView) -> tuple[Change, ...]:
    """Find what differs between the rows of the archive and the source, and whether the rows are those that were recorded."""
    if view.ours is None:
        return tuple(Change(view.day, "missing-local", e.id, theirs=e.title) for e in view.theirs.entries)
    differences = diffs.compare(view.ours, view.theirs) if has_texts(view.ours) else ()
    return (*find_damage(work, view.day), *differences)


def _both_files(work: Workspace, view: SourceView) -> DayFiles:
    """Return the file of the archive, made from the rows where it cannot be read, and the file that upstream's view gives."""
    ours = read_or_none(work, view.day)
    tail = view.theirs.tail if view.ours is None else view.ours.tail
    theirs = render_or_none(replace(view.theirs, tail=tail))
    return DayFiles(
        view.day, work.folder.path_of(view.day), ours if ours is not None else render_or_none(view.ours), theirs
    )


def _list_own_papers(batch: _DayBatch) -> list[PaperId]:
    return [entry.id for one in batch.differences if one.view.ours is not None for entry in one.view.ours.entries]


def _read_withdrawals(work: Workspace) -> dict[PaperId, str]:
    """Return the papers whose newest version is a withdrawal, as far as a source was asked, each with that version in words."""
    found = {}
    for paper in work.store.list_withdrawn_ids():
        newest, current = work.store.versions(paper)[-1], work.store.paper(paper)
        seen = f", as seen on {current.seen:%Y-%m-%d} ({current.source})" if current is not None else ""
        found[paper] = f"v{newest.number} of {newest.created:%Y-%m-%d} withdraws it{seen}"
    return found


def gather(parts: Iterable[Comparison]) -> Comparison:
    """Return one comparison made of all its parts, by date."""
    found = list(parts)
    changes = sorted((change for part in found for change in part.changes), key=lambda change: change.day)
    skipped = sorted((one for part in found for one in part.not_compared), key=lambda one: one.day)
    both = sorted((one for part in found for one in part.both), key=lambda one: one.day)
    return Comparison(
        tuple(changes),
        sum(part.days for part in found),
        tuple(skipped),
        sum(part.requests for part in found),
        next((part.error for part in found if part.error is not None), None),
        tuple(change for part in found for change in part.accepted),
        tuple(both),
        tuple(one for part in found for one in part.skipped),
        sum(part.left_out for part in found),
        ended=any(part.ended for part in found),
    )
