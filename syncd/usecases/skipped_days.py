"""Name the dates that were asked for and have nothing to examine, each with the reason. It changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.errors import FolderError
from syncd.core.model import State
from syncd.core.results import SkippedDate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.usecases.workspace import Workspace

_FEW = 30
"""At most this many dates are looked up one by one. More are looked up as one range."""
_AHEAD = timedelta(days=366)
"""Dates further in the future than this are not listed one by one."""


def list_dates_of_range(work: Workspace, since: date | None, until: date | None) -> list[date]:
    """Return every date of a range, ascending, from the begin of the archive and to the newest date where an end is open."""
    newest = coverage.newest_possible(work.now())
    first, last = since or work.coverage_start(), min(until or newest, newest + _AHEAD)
    return [first + timedelta(days) for days in range((last - first).days + 1)]


def explain_skipped(work: Workspace, days: Iterable[date], *, with_open: bool = False) -> tuple[SkippedDate, ...]:
    """Return those of the dates that have neither rows nor a file nor a past here, ascending, each with the reason.

    `with_open`: dates whose mailing is still missing can be examined as well, because a source of upstream may show it.
    """
    wanted = sorted(set(days))
    if not wanted:
        return ()
    start, held = work.coverage_start(), _list_held(work, wanted)
    return tuple(
        SkippedDate(report.day, _explain(report, start))
        for report in _report(work, [day for day in wanted if day not in held])
        if not (with_open and report.day >= start and coverage.is_open(report.state))
    )


def explain_empty_range(work: Workspace, since: date, until: date) -> tuple[SkippedDate, ...]:
    """Return every date of the range with its reason where none of them has anything to examine, else none."""
    days = list_dates_of_range(work, since, until)
    skipped = explain_skipped(work, days)
    return skipped if len(skipped) == len(days) else ()


def _list_held(work: Workspace, days: Sequence[date]) -> set[date]:
    held = {*work.store.mailings(days[0], days[-1]), *work.store.list_agreed_hashes(days[0], days[-1])}
    try:
        return held | {day for day, _ in work.folder.days()}
    except FolderError:
        return held


def _report(work: Workspace, days: Sequence[date]) -> Iterable[DayReport]:
    if len(days) <= _FEW:
        return [work.report(day) for day in days]
    wanted = frozenset(days)
    return [report for report in work.reports(days[0], days[-1]) if report.day in wanted]


def _explain(report: DayReport, start: date) -> str:
    if report.day < start:
        return f"before {start}, where the archive begins"
    match report.state:
        case State.FUTURE:
            return "not announced yet"
        case State.NO_MAILING:
            return f"no mailing: {report.evidence}"
        case _:
            return f"never held: {report.evidence}"
