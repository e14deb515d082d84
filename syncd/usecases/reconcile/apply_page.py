"""Carry out what was decided about many dates at once, under the write lock that the caller holds.

rows are gone ─► journal ─► rows, in one transaction ─┐
file is gone  ─► files, each folder synced once       ├─► agreements, in one transaction
both agree   ─────────────────────────────────────────┘

It comes to the same as `apply` does for one date after the other, which remains the way of all other dates. What fails here is
done so, too. A run that is killed between two steps leaves what the next one finishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.sql.replicas import Agreement
from syncd.core import coverage
from syncd.core.errors import ArchiveError
from syncd.core.reconcile import Cause, Verb
from syncd.usecases.reconcile.apply import DONE, apply_or_refuse, make_outcomes, read_record, render_rows
from syncd.usecases.reconcile.journal import record_in_journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from syncd.core.model import FileStat
    from syncd.core.reconcile import Action
    from syncd.core.results import DayOutcome
    from syncd.usecases.reconcile.day_state import DayContent
    from syncd.usecases.workspace import Workspace

    _Planned = tuple[DayContent, Action]


def can_share_page(content: DayContent, action: Action) -> bool:
    """Return whether the action may wait for others: it keeps no bytes aside, and no other date's rows decide about it.

    Rows that are damaged may be so by entries of another date, and a file of which nothing was recorded may repeat one.
    """
    match action.verb:
        case Verb.WRITE_FILE:
            return content.file is None
        case Verb.READ_FILE:
            return action.cause is Cause.ROW_MISSING and content.state.recorded is not None
        case _:
            return action.verb is Verb.RECORD_AGREEMENT


def apply_page(work: Workspace, planned: Sequence[_Planned]) -> dict[date, DayOutcome]:
    """Carry out actions that `can_share_page`, and return each date as it is afterwards.

    What fails for all together is done for each alone: a date that the disk refuses is refused, and the others are done.
    """
    is_read = [action.verb is Verb.READ_FILE for _, action in planned]
    reads = [one for one, holds in zip(planned, is_read, strict=True) if holds]
    others = [one for one, holds in zip(planned, is_read, strict=True) if not holds]
    return _apply_together(work, reads, _read_files) | _apply_together(work, others, _write_files)


def _apply_together(
    work: Workspace, planned: Sequence[_Planned], carry_out: Callable[[Workspace, Sequence[DayContent]], None]
) -> dict[date, DayOutcome]:
    if len(planned) > 1:
        try:
            carry_out(work, [content for content, _ in planned])
        except ArchiveError:
            pass
        else:
            return make_outcomes(work, {action.day: DONE[action.verb] for _, action in planned})
    return {action.day: apply_or_refuse(work, content, action) for content, action in planned}


def _read_files(work: Workspace, contents: Sequence[DayContent]) -> None:
    """Write the rows of dates from their files."""
    days = [content.state.day for content in contents]
    found = [read_record(work, content, Verb.READ_FILE) for content in contents]
    records = [record for record, _ in found]
    work.store.drop_finding(*work.store.findings(min(days), max(days)).keys() & set(days))
    lacking = [(record, origins) for record, origins in found if origins is not None]
    record_in_journal(work, [record for record, _ in lacking], {record[0].day: origins for record, origins in lacking})
    work.store.put_mailings(records)
    work.steps("row")
    pairs = zip(contents, records, strict=True)
    _record_agreements(work, [(content.state.day, row.sha256, content.stat) for content, (row, _) in pairs])


def _write_files(work: Workspace, contents: Sequence[DayContent]) -> None:
    """Write the files that are gone from the rows, and record of all dates that file and rows agree."""
    stats = {content.state.day: content.stat for content in contents}
    rendered = [render_rows(content) for content in contents if content.file is None]
    for day, stat in work.folder.write_each({row.day: data for row, data in rendered}):
        stats[day] = stat
        work.steps("file")
    agreed = [(content.row.sha256, content.state.day) for content in contents if content.row is not None]
    _record_agreements(work, [(day, sha, stats[day]) for sha, day in agreed])


def _record_agreements(work: Workspace, agreed: Sequence[tuple[date, str, FileStat | None]]) -> None:
    """Record that file and rows of these dates have these hashes, and close their open findings."""
    days = [day for day, _, _ in agreed]
    findings = work.store.findings(min(days), max(days))
    waiting = [day for day in days if day in findings and coverage.is_open(findings[day].state)]
    work.store.drop_finding(*waiting)
    now = work.wall()
    work.store.record_agreements(Agreement(day, sha, stat, now) for day, sha, stat in agreed if stat is not None)
