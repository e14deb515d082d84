"""Statements about what was found out about a date besides a mailing, and about its history. No transaction begins here."""

from __future__ import annotations

from dataclasses import replace
from types import NoneType
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, null, select, union_all

from syncd.archive.sql.column_types import Kinds, replace_odd_values
from syncd.archive.sql.service_tables import FINDING, HISTORY
from syncd.archive.sql.statements import DAY, SINCE, UNTIL, insert_missing, upsert
from syncd.archive.sql.tables import MAILING
from syncd.core.model import Finding, State
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import CompoundSelect, Connection

_FINDING = (
    FINDING.c.day,
    FINDING.c.state,
    FINDING.c.source,
    FINDING.c.evidence,
    FINDING.c.response,
    FINDING.c.error,
    FINDING.c.recorded,
)
_EVENT = (
    HISTORY.c.day,
    HISTORY.c.recorded,
    HISTORY.c.state,
    HISTORY.c.source,
    HISTORY.c.evidence,
    HISTORY.c.response,
    HISTORY.c.error,
    HISTORY.c.sha256,
    HISTORY.c.papers,
)
_KINDS: Kinds = (str, str, (str, NoneType), (str, NoneType))
"""The types of the columns of a finding from its source on."""
_IS_FOUND = FINDING.c.day.between(SINCE, UNTIL)
_FINDINGS = select(*_FINDING).where(_IS_FOUND).order_by(FINDING.c.day)
_LEARNT: CompoundSelect[date, str | None] = union_all(
    select(FINDING.c.day, FINDING.c.evidence).where(FINDING.c.state == State.NO_MAILING, _IS_FOUND),
    select(MAILING.c.day, null().label("evidence")).where(MAILING.c.day.between(SINCE, UNTIL)),
)
_DROP = delete(FINDING).where(FINDING.c.day == DAY)
_OF_MAILING = ("day", "recorded", "state", "source", "evidence", "response", "sha256", "papers")
"""What the history repeats of a mailing."""
_IS_SAME = and_(*(HISTORY.c[name].is_not_distinct_from(MAILING.c[name]) for name in _OF_MAILING))
_OUTSIDE_HISTORY = (
    select(MAILING.c.day)
    .where(MAILING.c.day.between(SINCE, UNTIL), ~select(HISTORY.c.id).where(_IS_SAME).exists())
    .order_by(MAILING.c.day)
)


@dataclass(frozen=True, slots=True)
class Event:
    """A record of a date, made at `recorded` (UTC).

    That of a mailing has `sha256` and `papers`. That of a finding may have an `error`.
    """

    day: date
    recorded: datetime
    state: State
    source: str
    evidence: str
    response: str | None
    error: str | None
    sha256: str | None
    papers: int | None


def list_learnt_days(connection: Connection, since: date, until: date) -> tuple[set[date], dict[date, str]]:
    """Return the days of the range with a mailing that is held, and those known to have none with their evidence."""
    rows: Sequence[Any] = connection.execute(_LEARNT, {"since": since, "until": until}).all()
    return {day for day, why in rows if why is None}, {day: why for day, why in rows if why is not None}


def put(connection: Connection, finding: Finding, replica: str | None = None) -> None:
    """Replace the finding of the day, and add it to the history, which names `replica`. The same one is not written again."""
    held = list_findings(connection, finding.day, finding.day).get(finding.day)
    is_news = held is None or replace(held, recorded=finding.recorded) != finding
    if held is not None and held.recorded is not None and not is_news:
        return
    values = {column.key: getattr(finding, column.key) for column in _FINDING} | {"state": finding.state.value}
    connection.execute(upsert(connection, FINDING), values)
    if is_news and finding.recorded is not None:
        connection.execute(insert_missing(connection, HISTORY), values | {"replica": replica})


def drop(connection: Connection, day: date) -> None:
    """Delete the finding of the day, which no longer holds. Its history stays."""
    connection.execute(_DROP, {"day": day})


def list_findings(connection: Connection, since: date, until: date) -> dict[date, Finding]:
    """Return the findings of the range, ascending."""
    rows = connection.execute(_FINDINGS, {"since": since, "until": until})
    return {row.day: _to_finding(row) for row in rows}


def list_history(connection: Connection, day: date) -> tuple[Event, ...]:
    """Return every record of the day, oldest first."""
    wanted = select(*_EVENT).where(HISTORY.c.day == day).order_by(HISTORY.c.recorded, HISTORY.c.id)
    return tuple(_to_event(row) for row in connection.execute(wanted))


def list_days_outside_history(connection: Connection, since: date, until: date) -> list[date]:
    """Return the days of the range of whose mailing there is no record in the history that says the same, ascending."""
    return list(connection.scalars(_OUTSIDE_HISTORY, {"since": since, "until": until}))


def _to_finding(row: Any) -> Finding:
    day, state, *rest = row
    return Finding(day, State(state), *replace_odd_values(rest, _KINDS))


def _to_event(row: Any) -> Event:
    day, recorded, state, *rest = row
    return Event(day, recorded, State(state), *rest)
