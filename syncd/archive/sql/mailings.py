"""Statements about mailings and their entries; each takes an open connection, and no transaction begins or ends here."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from syncd.archive.sql import daemon_state, full_text
from syncd.archive.sql.database import insert_missing, upsert
from syncd.archive.sql.tables import EntryRow, HistoryRow, MailingRow
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Section, State
from syncd.core.results import Appearance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection, Select

MailingRecord = tuple[Mailing, Digest]
"""What is recorded of a mailing, and its entries."""

_MAILING = (
    MailingRow.day,
    MailingRow.state,
    MailingRow.source,
    MailingRow.evidence,
    MailingRow.response,
    MailingRow.sha256,
    MailingRow.tail,
    MailingRow.papers,
    MailingRow.new,
    MailingRow.cross,
    MailingRow.recorded,
)
_SECTIONS: dict[str | None, Section | None] = {None: None} | {section.value: section for section in Section}
_CERTAINTIES = {placed.value: placed for placed in Certainty}


def put(
    connection: Connection, accounts: Sequence[MailingRecord], replica: str | None = None, *, heralded: bool = False
) -> None:
    """Replace the rows of these days, entries and their place in the search included; six statements, however many days.

    The history names `replica` as the folder beside which it was recorded. Days that were not held are news if `heralded`.
    """
    if not accounts:
        return
    days = [mailing.day for mailing, _ in accounts]
    values = [_mailing_values(mailing) for mailing, _ in accounts]
    if heralded:
        # Whoever inserts the row tells of it, also where two hosts bring the same mailing at once.
        added = insert_missing(connection, MailingRow).returning(MailingRow.day)
        daemon_state.herald(connection, connection.scalars(added, values))
    connection.execute(upsert(connection, MailingRow), values)
    connection.execute(delete(EntryRow).where(EntryRow.day.in_(days)))
    entries = [values for _, digest in accounts for values in _entry_values(digest)]
    if entries:
        connection.execute(insert(EntryRow), entries)
    full_text.put(connection, [digest for _, digest in accounts])
    connection.execute(insert_missing(connection, HistoryRow), [_history_values(one, replica) for one, _ in accounts])


def mailings(connection: Connection, since: date, until: date) -> dict[date, Mailing]:
    """The mailings of the range, ascending."""
    rows = connection.execute(select(*_MAILING).where(MailingRow.day.between(since, until)).order_by(MailingRow.day))
    return {row.day: _mailing(row) for row in rows}


def days(connection: Connection, since: date, until: date) -> list[date]:
    """The days of the range that are held, ascending."""
    wanted = select(MailingRow.day).where(MailingRow.day.between(since, until)).order_by(MailingRow.day)
    return list(connection.scalars(wanted))


def digests(connection: Connection, category: str, since: date, until: date) -> Iterator[Digest]:
    """The digests of the range, ascending, in one statement, so that a mailing and its entries are of one moment."""
    rows = connection.execute(_entries_between(since, until))
    for (day, tail), group in groupby(rows, key=lambda row: row[:2]):
        yield Digest(day, category, tuple(_entry(row) for row in group if row[2] is not None), tail)


def appearances(connection: Connection, paper: PaperId) -> tuple[Appearance, ...]:
    """Where a paper stands, oldest mailing first."""
    columns = (EntryRow.day, EntryRow.number, EntryRow.section, EntryRow.placed, EntryRow.version)
    rows = connection.execute(select(*columns).where(EntryRow.paper_id == paper).order_by(EntryRow.day))
    return tuple(
        Appearance(day, number, _SECTIONS[section], _CERTAINTIES[placed], version)
        for day, number, section, placed, version in rows
    )


def new_elsewhere(connection: Connection, ids: Collection[PaperId], day: date) -> dict[PaperId, list[date]]:
    """Which of these ids stand as new in another mailing, and in which, days ascending."""
    wanted = (
        select(EntryRow.paper_id, EntryRow.day)
        .where(EntryRow.paper_id.in_(ids), EntryRow.day != day, EntryRow.section == Section.NEW.value)
        .order_by(EntryRow.paper_id, EntryRow.day)
    )
    found: dict[PaperId, list[date]] = {}
    for paper, other in connection.execute(wanted):
        found.setdefault(PaperId(paper), []).append(other)
    return found


def before(connection: Connection, day: date) -> tuple[date, PaperId | None, PaperId | None] | None:
    """The mailing held next before `day`: its date, lowest and highest id known to be new."""
    return _block(connection, select(func.max(MailingRow.day)).where(MailingRow.day < day))


def after(connection: Connection, day: date) -> tuple[date, PaperId | None, PaperId | None] | None:
    """The mailing held next after `day`: its date, lowest and highest id known to be new."""
    return _block(connection, select(func.min(MailingRow.day)).where(MailingRow.day > day))


def sizes(connection: Connection, day: date, count: int) -> tuple[int, ...]:
    """The numbers of papers of the `count` mailings held last before `day`, newest first."""
    wanted = select(MailingRow.papers).where(MailingRow.day < day).order_by(MailingRow.day.desc()).limit(count)
    return tuple(connection.scalars(wanted))


def _block(connection: Connection, other: Select[date]) -> tuple[date, PaperId | None, PaperId | None] | None:
    is_new = (EntryRow.day == MailingRow.day) & (EntryRow.section == Section.NEW.value)
    wanted = (
        select(MailingRow.day, func.min(EntryRow.paper_id), func.max(EntryRow.paper_id))
        .outerjoin(EntryRow, is_new)
        .where(MailingRow.day == other.scalar_subquery())
        .group_by(MailingRow.day)
    )
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row[0], *(PaperId(one) if one else None for one in row[1:]))  # type: ignore[return-value]


def _entries_between(since: date, until: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            MailingRow.day,
            MailingRow.tail,
            EntryRow.paper_id,
            EntryRow.title,
            EntryRow.abstract,
            EntryRow.section,
            EntryRow.version,
            EntryRow.placed,
        )
        .outerjoin(EntryRow, (EntryRow.day == MailingRow.day) & EntryRow.day.between(since, until))
        .where(MailingRow.day.between(since, until))
        .order_by(MailingRow.day, EntryRow.number)
    )


def _mailing(row: Any) -> Mailing:
    day, state, *rest = row
    return Mailing(day, State(state), *rest)


def _entry(row: Any) -> Entry:
    _, _, paper, title, abstract, section, version, placed = row
    return Entry(PaperId(paper), title, abstract, _SECTIONS[section], version, _CERTAINTIES[placed])


def _mailing_values(mailing: Mailing) -> dict[str, object]:
    return {column.key: getattr(mailing, column.key) for column in _MAILING} | {"state": mailing.state.value}


def _entry_values(digest: Digest) -> Iterable[dict[str, object]]:
    for number, entry in enumerate(digest.entries, 1):
        yield {
            "day": digest.day,
            "number": number,
            "paper_id": entry.id,
            "section": entry.section and entry.section.value,
            "title": entry.title,
            "abstract": entry.abstract,
            "version": entry.version,
            "placed": entry.certainty.value,
        }


def _history_values(mailing: Mailing, replica: str | None) -> dict[str, object]:
    columns = ("day", "recorded", "source", "evidence", "response", "sha256", "papers")
    return {name: getattr(mailing, name) for name in columns} | {"state": mailing.state.value, "replica": replica}
