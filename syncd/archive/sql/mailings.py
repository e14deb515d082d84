"""Statements about mailings and their entries. Each takes an open connection, and no transaction begins or ends here."""

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
"""A mailing and its entries, as they are recorded together."""

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
    connection: Connection, records: Sequence[MailingRecord], replica: str | None = None, *, announce: bool = False
) -> None:
    """Replace the rows of these days, with their entries and the search index. Six statements, however many days.

    The history names `replica` as the folder for which it was recorded. With `announce`, days that were not held are queued
    as news for the hooks.
    """
    if not records:
        return
    days = [mailing.day for mailing, _ in records]
    values = [_mailing_values(mailing) for mailing, _ in records]
    if announce:
        # Only the host that inserts the row announces it, also where two hosts record the same mailing at once.
        added = insert_missing(connection, MailingRow).returning(MailingRow.day)
        daemon_state.add_new_mailings(connection, connection.scalars(added, values))
    connection.execute(upsert(connection, MailingRow), values)
    connection.execute(delete(EntryRow).where(EntryRow.day.in_(days)))
    entries = [values for _, digest in records for values in _entry_values(digest)]
    if entries:
        connection.execute(insert(EntryRow), entries)
    full_text.put(connection, [digest for _, digest in records])
    connection.execute(insert_missing(connection, HistoryRow), [_history_values(one, replica) for one, _ in records])


def list_mailings(connection: Connection, since: date, until: date) -> dict[date, Mailing]:
    """Return the mailings of the range, ascending."""
    rows = connection.execute(select(*_MAILING).where(MailingRow.day.between(since, until)).order_by(MailingRow.day))
    return {row.day: _to_mailing(row) for row in rows}


def list_days(connection: Connection, since: date, until: date) -> list[date]:
    """Return the days of the range that are held, ascending."""
    wanted = select(MailingRow.day).where(MailingRow.day.between(since, until)).order_by(MailingRow.day)
    return list(connection.scalars(wanted))


def read_digests(connection: Connection, category: str, since: date, until: date) -> Iterator[Digest]:
    """Yield the digests of the range, ascending. One statement reads a mailing and its entries as of one moment."""
    rows = connection.execute(_select_entries(since, until))
    for (day, tail), group in groupby(rows, key=lambda row: row[:2]):
        yield Digest(day, category, tuple(_to_entry(row) for row in group if row[2] is not None), tail)


def list_appearances(connection: Connection, paper: PaperId) -> tuple[Appearance, ...]:
    """Return the mailings with this paper, oldest first."""
    columns = (EntryRow.day, EntryRow.number, EntryRow.section, EntryRow.placed, EntryRow.version)
    rows = connection.execute(select(*columns).where(EntryRow.paper_id == paper).order_by(EntryRow.day))
    return tuple(
        Appearance(day, number, _SECTIONS[section], _CERTAINTIES[placed], version)
        for day, number, section, placed, version in rows
    )


def find_other_days(connection: Connection, ids: Collection[PaperId], day: date) -> dict[PaperId, list[date]]:
    """Return which of these ids are new in another mailing, and in which ones, days ascending."""
    wanted = (
        select(EntryRow.paper_id, EntryRow.day)
        .where(EntryRow.paper_id.in_(ids), EntryRow.day != day, EntryRow.section == Section.NEW.value)
        .order_by(EntryRow.paper_id, EntryRow.day)
    )
    found: dict[PaperId, list[date]] = {}
    for paper, other in connection.execute(wanted):
        found.setdefault(PaperId(paper), []).append(other)
    return found


def find_before(connection: Connection, day: date) -> tuple[date, PaperId | None, PaperId | None] | None:
    """Return date, lowest and highest new id of the last mailing held before `day`. None when there is none."""
    return _read_id_range(connection, select(func.max(MailingRow.day)).where(MailingRow.day < day))


def find_after(connection: Connection, day: date) -> tuple[date, PaperId | None, PaperId | None] | None:
    """Return date, lowest and highest new id of the first mailing held after `day`. None when there is none."""
    return _read_id_range(connection, select(func.min(MailingRow.day)).where(MailingRow.day > day))


def list_sizes(connection: Connection, day: date, count: int) -> tuple[int, ...]:
    """Return the numbers of papers of the last `count` mailings held before `day`, newest first."""
    wanted = select(MailingRow.papers).where(MailingRow.day < day).order_by(MailingRow.day.desc()).limit(count)
    return tuple(connection.scalars(wanted))


def _read_id_range(connection: Connection, other: Select[date]) -> tuple[date, PaperId | None, PaperId | None] | None:
    is_new = (EntryRow.day == MailingRow.day) & (EntryRow.section == Section.NEW.value)
    wanted = (
        select(MailingRow.day, func.min(EntryRow.paper_id), func.max(EntryRow.paper_id))
        .outerjoin(EntryRow, is_new)
        .where(MailingRow.day == other.scalar_subquery())
        .group_by(MailingRow.day)
    )
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row[0], *(PaperId(one) if one else None for one in row[1:]))  # type: ignore[return-value]


def _select_entries(since: date, until: date) -> Select[*tuple[Any, ...]]:
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


def _to_mailing(row: Any) -> Mailing:
    day, state, *rest = row
    return Mailing(day, State(state), *rest)


def _to_entry(row: Any) -> Entry:
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
