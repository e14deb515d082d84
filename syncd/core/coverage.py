"""The coverage of an archive: exactly one state for every date, from the mailings held, the findings and the calendar.

It reads no clock: the time is an argument.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncd.core import mailing as arxiv
from syncd.core.model import State
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from syncd.core.model import Finding, Mailing

_OPEN = frozenset({State.PENDING, State.PARTIAL, State.FAILED})
_HELD = frozenset({State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED})


@dataclass(frozen=True, slots=True)
class DayReport:
    """The state of one date. Counts are None when nothing is held or the sections are not certain."""

    day: date
    state: State
    papers: int | None
    new: int | None
    cross: int | None
    source: str
    evidence: str


def newest_possible(now: datetime) -> date:
    """Return the newest date that could have been announced at `now` (aware): from 20:00 New York it is the next date."""
    return (now.astimezone(arxiv.NEW_YORK) + timedelta(hours=4)).date()


def report_days(
    days: Iterable[arxiv.CalendarDay],
    mailings: Mapping[date, Mailing],
    findings: Mapping[date, Finding],
    now: datetime,
) -> tuple[DayReport, ...]:
    """Return a report for every calendar day, in the same order. When several states hold, the first in `State` wins."""
    newest = newest_possible(now)
    return tuple(_report(day, mailings.get(day.day), findings.get(day.day), newest) for day in days)


def list_gaps(reports: Sequence[DayReport]) -> tuple[date, ...]:
    """Return the dates pending, partial or failed that are older than the newest date held, in the order given."""
    held = newest_held(reports)
    return tuple(r.day for r in reports if r.state in _OPEN and held is not None and r.day < held)


def newest_held(reports: Iterable[DayReport]) -> date | None:
    """Return the newest date whose mailing is held, None when there is none."""
    return max((r.day for r in reports if r.papers is not None), default=None)


def is_held(state: State) -> bool:
    """Return True when the archive holds the mailing of a date in this state and trusts it."""
    return state in _HELD


def is_open(state: State) -> bool:
    """Return True when a date in this state still waits for its mailing."""
    return state in _OPEN


def _report(day: arxiv.CalendarDay, mailing: Mailing | None, finding: Finding | None, newest: date) -> DayReport:
    claims = _claims(day, mailing, finding, newest)
    # Most dates of a long range have a single one.
    state, source, evidence = claims[0] if len(claims) == 1 else min(claims, key=lambda claim: _RANK[claim[0]])
    if mailing is None:
        return DayReport(day.day, state, None, None, None, source, evidence)
    return DayReport(day.day, state, mailing.papers, mailing.new, mailing.cross, source, evidence)


_RANK = {state: rank for rank, state in enumerate(State)}


def _claims(
    day: arxiv.CalendarDay, mailing: Mailing | None, finding: Finding | None, newest: date
) -> list[tuple[State, str, str]]:
    """Return state, source and evidence from each side. Of two with the same state the better known one stands first."""
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
        if day.unlisted_year is None:
            return State.PENDING, "calendar", "announced or due, not yet fetched"
        unless = f"unless this is a closing: no list of closings is known for {day.unlisted_year}"
        return State.PENDING, "calendar", f"announced or due, not yet fetched, {unless}"
    return State.FUTURE, "calendar", day.why
