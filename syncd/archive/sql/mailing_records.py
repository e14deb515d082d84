"""Statements that read what is recorded of mailings, and where a paper was announced, without any text.

They are apart from those of `mailings`, so that a command that shows no text imports neither markup nor digests. No transaction
begins or ends here.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from syncd.archive.sql.column_types import Kinds, is_no_id, replace_odd_values
from syncd.archive.sql.row_hashes import HASHED_OF_MAILING
from syncd.archive.sql.statements import SINCE, UNTIL
from syncd.archive.sql.tables import ENTRY, MAILING
from syncd.core.model import Certainty, Mailing, PaperId, Paragraphs, Section, State

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from syncd.core.results import Appearance

_MAX_NUMBER = 1_000_000
"""No mailing has as many papers, and no line as many trailing blanks: a greater number is damage, and would fill the memory."""
_SECTIONS: dict[str | None, Section | None] = {None: None} | {section.value: section for section in Section}
_CERTAINTIES = {placed.value: placed for placed in Certainty}
_TEXT, _NUMBER = (str, NoneType), (int, NoneType)
_KINDS: Kinds = (str, str, _TEXT, str, int, int, _NUMBER, _NUMBER)
"""The types of the columns of a mailing from its source on. That of the last one, a moment, is checked where it is read."""
_IN_RANGE = MAILING.c.day.between(SINCE, UNTIL)
_MAILINGS = select(*HASHED_OF_MAILING).where(_IN_RANGE).order_by(MAILING.c.day)
_DAYS = select(MAILING.c.day).where(_IN_RANGE).order_by(MAILING.c.day)
_DAYS_WITHOUT_ENTRIES = _DAYS.where(~select(ENTRY.c.id).where(ENTRY.c.day == MAILING.c.day).exists())


def list_mailings(connection: Connection, since: date, until: date) -> dict[date, Mailing]:
    """Return the mailings of the range, ascending."""
    rows = connection.execute(_MAILINGS, {"since": since, "until": until}).all()
    return {row[0]: _to_mailing(row) for row in rows}


def list_days(connection: Connection, since: date, until: date) -> list[date]:
    """Return the days of the range that are held, ascending."""
    return list(connection.scalars(_DAYS, {"since": since, "until": until}))


def list_days_without_entries(connection: Connection, since: date, until: date) -> list[date]:
    """Return the days of the range whose mailing is recorded and has no entry, ascending. Only damage leaves one."""
    return list(connection.scalars(_DAYS_WITHOUT_ENTRIES, {"since": since, "until": until}))


def list_days_with_odd_ids(connection: Connection, since: date, until: date) -> list[date]:
    """Return the days of the range with an entry whose id is no id of arXiv, ascending. Only damage leaves one."""
    is_odd = is_no_id(ENTRY.c.paper_id, connection.dialect.name)
    days = select(ENTRY.c.day).distinct().where(ENTRY.c.day.between(since, until), is_odd)
    return sorted(connection.scalars(days))


def list_appearances(connection: Connection, paper: PaperId) -> tuple[Appearance, ...]:
    """Return the mailings with this paper, oldest first."""
    from syncd.core.results import Appearance

    row = ENTRY.c
    columns = (row.day, row.number, row.section, row.certainty, row.version, row.reason, row.paragraphs)
    rows = connection.execute(select(*columns).where(row.paper_id == paper).order_by(row.day))
    return tuple(
        Appearance(day, number, _SECTIONS[section], _CERTAINTIES[placed], version, reason, Paragraphs(paragraphs))
        for day, number, section, placed, version, reason, paragraphs in rows
    )


def find_days_around(connection: Connection, paper: PaperId) -> tuple[date, ...]:
    """Return the days on which the papers of the next lower and the next higher id were new, ascending, none twice."""
    days = select(ENTRY.c.day).where(ENTRY.c.section == Section.NEW.value).limit(1)
    lower = days.where(ENTRY.c.paper_id < paper).order_by(ENTRY.c.paper_id.desc(), ENTRY.c.day)
    higher = days.where(ENTRY.c.paper_id > paper).order_by(ENTRY.c.paper_id, ENTRY.c.day)
    found = (connection.scalar(one) for one in (lower, higher))
    return tuple(sorted({day for day in found if day is not None}))


def _to_mailing(row: Any) -> Mailing:
    day, state, *rest = row
    mailing = Mailing(day, State(state), *replace_odd_values(rest, _KINDS))
    # A text here is a TypeError.
    if not (0 <= mailing.tail <= _MAX_NUMBER and 0 <= mailing.papers <= _MAX_NUMBER):
        raise ValueError(f"tail {mailing.tail} and {mailing.papers} papers of the mailing of {day}")
    return mailing
