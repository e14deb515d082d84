"""What a run over dates did, as lines: a line a date, a line for many that went well, then the sums and what helps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.core.results import Done
from syncd.report.error_messages import brief, explain
from syncd.report.terminal import many, padded, paint, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.results import DayOutcome, Run

MANY = 40
"""More dates than this that went well the same way are told in one line; troubled ones always have their own."""


def of_run(run: Run, *, verb: str) -> Iterator[str]:
    """What a run did: the dates that were touched, the sums, dates for another command, and what ended it early."""
    yield from _touched(run.days)
    yield from _sums(run, verb)
    if run.waiting:
        yield _waiting(run.waiting)
    yield from _advice(run.days)
    if run.error is not None:
        yield from of_error(run.error)


def of_error(error: SyncdError) -> Iterator[str]:
    """What ended a run early, and what helps."""
    words = explain(error)
    yield f"{paint('stopped')}: {words.message}"
    if words.help:
        yield f"  {words.help}"


def _touched(days: Sequence[DayOutcome]) -> Iterator[str]:
    well = Counter(day.action for day in days if _went_well(day))
    told: set[Done] = set()
    for day in days:
        if not _went_well(day):
            if day.error is not None or day.note:
                yield outcome(day)
        elif well[day.action] <= MANY:
            yield outcome(day)
        elif day.action not in told:
            told.add(day.action)
            yield _together(day.action, [one for one in days if one.action is day.action and _went_well(one)])


def _went_well(day: DayOutcome) -> bool:
    return day.day is not None and day.action is not Done.NONE and day.error is None and not day.note


def _together(action: Done, days: Sequence[DayOutcome]) -> str:
    dates = sorted(day.day for day in days if day.day is not None)
    papers = sum(day.papers or 0 for day in days)
    held = f", {many(papers, 'paper')}" if papers else ""
    return f"{span(dates[0], dates[-1])}  {padded(action, 10)}  {many(len(days), 'mailing')}{held}"


def outcome(day: DayOutcome) -> str:
    """One date's line."""
    action = Done.REFUSED if day.error is not None else day.action
    done = "left as is" if action is Done.NONE else action
    cells = [str(day.day or printable(day.path or "?")), padded(done, 10)]
    if day.papers is not None:
        cells.append(many(day.papers, "paper"))
    if day.path and day.day and day.error is None:
        cells.append(printable(day.path))
    if day.action is Done.PLANNED and day.source:
        cells.append(f"from {day.source}")
    if why := brief(day.error) if day.error is not None else day.note:
        cells.append(why)
    return "  ".join(cells).rstrip()


def _sums(run: Run, verb: str) -> Iterator[str]:
    counts = Counter(Done.REFUSED if day.error is not None else day.action for day in run.days)
    told = [f"{counts[action]:,} {action}" for action in Done if action is not Done.NONE and counts[action]]
    if counts[Done.NONE] and run.error is None:
        told.append(f"{counts[Done.NONE]:,} left as is")
    nothing = "nothing to do" if run.error is None else "nothing done"
    asked = f"; {many(run.requests, 'request')}" if run.requests or verb in {"sync", "backfill"} else ""
    yield f"{verb}: {', '.join(told) or nothing}{asked}"


def _waiting(days: Sequence[date]) -> str:
    named = f"{many(len(days), 'older date')} still missing ({span(days[0], days[-1])})"
    return f"{named}: syncd backfill --since {days[0]}"


def _advice(days: Sequence[DayOutcome]) -> Iterator[str]:
    """What helps against the troubles of the dates, each piece of advice once."""
    yield from dict.fromkeys(
        f"  {words.help}" for words in (explain(day.error) for day in days if day.error is not None) if words.help
    )
