"""Show a run over dates as lines: a line for each date, one line for many that went well, the totals, and what helps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.results import Done
from syncd.report.error_messages import explain, explain_briefly
from syncd.report.terminal import format_range, pad, paint
from syncd.report.text.skipped_dates import list_skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.results import DayOutcome, Run

MANY = 40
"""When more dates than this went well the same way, or have the same trouble, one line reports them."""


def of_run(run: Run, *, verb: str) -> Iterator[str]:
    """Yield the dates that were changed, the totals, dates for another command, and the error that ended the run early."""
    yield from _list_changed(run.days)
    yield from list_skipped(run.skipped)
    yield from _sums(run, verb)
    if run.waiting:
        yield _waiting(run.waiting)
    yield from _advice(run.days)
    if run.error is not None:
        yield from of_error(run.error)


def of_error(error: SyncdError) -> Iterator[str]:
    """Yield the error that ended a run early, and what helps."""
    explained = explain(error)
    yield f"{paint('stopped')}: {explained.message}"
    if explained.help:
        yield f"  {explained.help}"


def _list_changed(days: Sequence[DayOutcome]) -> Iterator[str]:
    well = Counter(day.action for day in days if _went_well(day))
    alike = Counter(why for day in days if day.day is not None and (why := _explain_trouble(day)))
    joined: set[Done | str] = set()
    for day in days:
        if not _went_well(day):
            why = _explain_trouble(day)
            if why and (alike[why] <= MANY or day.day is None):
                yield outcome(day)
            elif why and why not in joined:
                joined.add(why)
                yield _join_troubled([one for one in days if _explain_trouble(one) == why], why)
        elif well[day.action] <= MANY:
            yield outcome(day)
        elif day.action not in joined:
            joined.add(day.action)
            yield _join(day.action, [one for one in days if one.action is day.action and _went_well(one)])


def _explain_trouble(day: DayOutcome) -> str:
    """Return what was wrong with a date, or what is to be known of it. Empty where it went well."""
    return explain_briefly(day.error) if day.error is not None else day.note


def _join_troubled(days: Sequence[DayOutcome], why: str) -> str:
    dates = sorted(day.day for day in days if day.day is not None)
    action = Done.REFUSED if days[0].error is not None else "unchanged"
    return f"{format_range(dates[0], dates[-1])}  {pad(action, 10)}  {pluralize(len(days), 'date')}  {why}"


def _went_well(day: DayOutcome) -> bool:
    return day.day is not None and day.action is not Done.NONE and day.error is None and not day.note


def _join(action: Done, days: Sequence[DayOutcome]) -> str:
    dates = sorted(day.day for day in days if day.day is not None)
    papers = sum(day.papers or 0 for day in days)
    held = f", {pluralize(papers, 'paper')}" if papers else ""
    return f"{format_range(dates[0], dates[-1])}  {pad(action, 10)}  {pluralize(len(days), 'mailing')}{held}"


def outcome(day: DayOutcome) -> str:
    """Return the line for one date."""
    action = Done.REFUSED if day.error is not None else day.action
    done = "unchanged" if action is Done.NONE else action
    cells = [str(day.day or printable(day.path or day.source or "?")), pad(done, 10)]
    if day.papers is not None:
        cells.append(pluralize(day.papers, "paper"))
    if day.path and day.day and day.error is None:
        cells.append(printable(day.path))
    if day.action is Done.PLANNED and day.source:
        cells.append(f"from {day.source}")
    if why := _explain_trouble(day):
        cells.append(why)
    return "  ".join(cells).rstrip()


def _sums(run: Run, verb: str) -> Iterator[str]:
    without = {one.day for one in run.skipped}
    counts = Counter(
        Done.REFUSED if day.error is not None else day.action for day in run.days if day.day not in without
    )
    parts = [f"{counts[action]:,} {action}" for action in Done if action is not Done.NONE and counts[action]]
    is_whole = run.error is None and not run.ended
    if counts[Done.NONE] and is_whole:
        parts.append(f"{counts[Done.NONE]:,} unchanged")
    nothing = "nothing to do" if is_whole else "nothing done"
    requests = f"; {pluralize(run.requests, 'request')}" if run.requests or verb in {"sync", "backfill"} else ""
    yield f"{verb}: {', '.join(parts) or nothing}{requests}"


def _waiting(days: Sequence[date]) -> str:
    missing = f"{pluralize(len(days), 'older date')} still missing ({format_range(days[0], days[-1])})"
    return f"{missing}: syncd backfill --since {days[0]}"


def _advice(days: Sequence[DayOutcome]) -> Iterator[str]:
    """Yield what helps against the errors of the dates, each piece of advice once."""
    yield from dict.fromkeys(
        f"  {error.help}" for error in (explain(day.error) for day in days if day.error is not None) if error.help
    )
