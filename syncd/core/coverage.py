"""The ledger: exactly one state for every calendar date, worked out from what is held, what was found and the calendar.

It reads no clock: the caller says what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core import mailing as arxiv
from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from syncd.core.model import Finding, Mailing

_OPEN = frozenset({State.PENDING, State.PARTIAL, State.FAILED})
_HELD = frozenset({State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED})


@dataclass(frozen=True, slots=True)
class DayReport:
    """One date of the ledger; counts are None where nothing is held or the sections are not known for certain."""

    day: date
    state: State
    papers: int | None
    new: int | None
    cross: int | None
    source: str
    evidence: str


def newest_possible(now: datetime) -> date:
    """The newest calendar date that could have been announced at `now` (aware): the next date from 20:00 New York."""
    return (now.astimezone(arxiv.NEW_YORK) + timedelta(hours=4)).date()


def report_days(
    days: Iterable[arxiv.CalendarDay],
    mailings: Mapping[date, Mailing],
    findings: Mapping[date, Finding],
    now: datetime,
) -> tuple[DayReport, ...]:
    """A report for every calendar day given, in the same order; the first state of `State` that holds wins."""
    newest = newest_possible(now)
    return tuple(_report(day, mailings.get(day.day), findings.get(day.day), newest) for day in days)


def list_gaps(reports: Sequence[DayReport]) -> tuple[date, ...]:
    """Dates pending, partial or failed that are older than the newest date held, ascending."""
    held = newest_held(reports)
    return tuple(r.day for r in reports if r.state in _OPEN and held is not None and r.day < held)


def newest_held(reports: Iterable[DayReport]) -> date | None:
    """The newest date whose mailing is held."""
    return max((r.day for r in reports if r.papers is not None), default=None)


def is_held(state: State) -> bool:
    """Whether the mailing of a date in this state is in the archive and trusted."""
    return state in _HELD


def is_open(state: State) -> bool:
    """Whether a date in this state still waits for its mailing."""
    return state in _OPEN


def _report(day: arxiv.CalendarDay, mailing: Mailing | None, finding: Finding | None, newest: date) -> DayReport:
    state, source, evidence = min(_claims(day, mailing, finding, newest), key=lambda claim: _RANK[claim[0]])
    if mailing is None:
        return DayReport(day.day, state, None, None, None, source, evidence)
    return DayReport(day.day, state, mailing.papers, mailing.new, mailing.cross, source, evidence)


_RANK = {state: rank for rank, state in enumerate(State)}


def _claims(
    day: arxiv.CalendarDay, mailing: Mailing | None, finding: Finding | None, newest: date
) -> list[tuple[State, str, str]]:
    """What holds of a date; of two in one state the better known one stands first."""
    claims = []
    if mailing is not None:
        claims.append((mailing.state, mailing.source, mailing.evidence))
    if finding is not None:
        claims.append((finding.state, finding.source, finding.evidence))
    return [*claims, _expectation(day, newest)]


def _expectation(day: arxiv.CalendarDay, newest: date) -> tuple[State, str, str]:
    if not day.due:
        return State.NO_MAILING, "calendar", day.why
    if day.day <= newest:
        return State.PENDING, "calendar", "announced or due, not yet fetched"
    return State.FUTURE, "calendar", day.why
