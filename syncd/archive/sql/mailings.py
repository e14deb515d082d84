"""Statements about mailings and their entries. Each takes an open connection, and no transaction begins or ends here."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from syncd.archive.sql import daemon_state, full_text, mailing_records, paper_hashes, stored_mailings, texts
from syncd.archive.sql.entry_ids import make_entry_id
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.row_hashes import HASHED_OF_ENTRY, HASHED_OF_MAILING, ROWS_HASH, hash_rows
from syncd.archive.sql.service_tables import HISTORY
from syncd.archive.sql.statements import DAY, SINCE, UNTIL, build_insert, execute_many, insert_missing, upsert
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.archive.sql.texts import Text
from syncd.core.guards import Surroundings
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Paragraphs, Section

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Select

MailingRecord = tuple[Mailing, Digest]
"""A mailing and its entries, as they are recorded together."""

_PAGE = 50
"""Mailings whose rows are in memory at once."""
_SECTIONS: dict[str | None, Section | None] = {None: None} | {section.value: section for section in Section}
_CERTAINTIES = {placed.value: placed for placed in Certainty}
_IN_RANGE = MAILING.c.day.between(SINCE, UNTIL)
_IS_TEXT = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
_ENTRIES = (
    select(
        MAILING.c.day,
        MAILING.c.tail,
        ENTRY.c.paper_id,
        *texts.HTML,
        ENTRY.c.section,
        ENTRY.c.version,
        ENTRY.c.certainty,
        ENTRY.c.reason,
        ENTRY.c.paragraphs,
    )
    .outerjoin(ENTRY, (ENTRY.c.day == MAILING.c.day) & ENTRY.c.day.between(SINCE, UNTIL))
    .outerjoin(PAPER_TEXT, _IS_TEXT)
    .where(_IN_RANGE)
    .order_by(MAILING.c.day, ENTRY.c.number)
)
_OTHER_DAYS = (
    select(ENTRY.c.paper_id, ENTRY.c.day)
    .where(is_listed(ENTRY.c.paper_id), ENTRY.c.day != DAY, ENTRY.c.section == Section.NEW.value)
    .order_by(ENTRY.c.paper_id, ENTRY.c.day)
)
_SIZES = select(MAILING.c.papers).where(MAILING.c.day < DAY).order_by(MAILING.c.day.desc()).limit(bindparam("count"))


def _select_id_range(day: ColumnElement[date], where: ColumnElement[bool]) -> Select[date, str, str]:
    """Select date, lowest and highest new id of the mailing with this day among those that meet the condition."""
    is_new = (ENTRY.c.day == MAILING.c.day) & (ENTRY.c.section == Section.NEW.value)
    return (
        select(MAILING.c.day, func.min(ENTRY.c.paper_id), func.max(ENTRY.c.paper_id))
        .outerjoin(ENTRY, is_new)
        .where(MAILING.c.day == select(day).where(where).scalar_subquery())
        .group_by(MAILING.c.day)
    )


_BEFORE = _select_id_range(func.max(MAILING.c.day), MAILING.c.day < DAY)
_AFTER = _select_id_range(func.min(MAILING.c.day), MAILING.c.day > DAY)


def put(
    connection: Connection, records: Sequence[MailingRecord], replica: str | None = None, *, announce: bool = False
) -> None:
    """Replace the rows of these days, with their entries and the search index. Few statements for each page of them.

    The history names `replica` as the folder for which it was recorded. With `announce`, days that were not held are queued
    as news for the hooks.
    """
    # Tables and the index of words take less to write when rows are added in the order of their ids.
    ascending = sorted(records, key=lambda record: record[0].day)
    added: list[int] = []
    for start in range(0, len(ascending), _PAGE):
        added += _put_page(connection, ascending[start : start + _PAGE], replica, announce=announce)
    full_text.add(connection, added)


def _put_page(
    connection: Connection, records: Sequence[MailingRecord], replica: str | None, *, announce: bool
) -> list[int]:
    """Replace the rows of these days, which ascend. Return the ids of their entries, which the search does not find yet."""
    entries = _entry_rows(connection, [digest for _, digest in records])
    values = [_mailing_values(mailing, entries) for mailing, _ in records]
    if announce:
        # Only the host that inserts the row announces it, also where two hosts record the same mailing at once.
        added = insert_missing(connection, MAILING, MAILING.c.day)
        daemon_state.add_new_mailings(connection, connection.scalars(added, values))
    connection.execute(upsert(connection, MAILING), values)
    stored_mailings.remove_entries(connection, [mailing.day for mailing, _ in records])
    if rows := [row for of_day in entries.values() for row in of_day]:
        paper_hashes.add_papers(connection, [row["paper_id"] for row in rows])
        execute_many(connection, build_insert(connection.dialect.name, ENTRY), ENTRY, rows)
    connection.execute(insert_missing(connection, HISTORY), [_history_values(one, replica) for one, _ in records])
    return [row["id"] for row in rows]


def put_history(connection: Connection, held: Sequence[Mailing]) -> None:
    """Record mailings in the history that are held already, in place of another record of the same moment."""
    statement = build_insert(connection.dialect.name, HISTORY)
    taken = {name: statement.excluded[name] for name in ("source", "evidence", "response", "error", "sha256", "papers")}
    overwrite = statement.on_conflict_do_update(index_elements=["day", "recorded", "state"], set_=taken)
    connection.execute(overwrite, [_history_values(one, None) for one in held])


def read_digests(connection: Connection, category: str, since: date, until: date) -> Iterator[Digest]:
    """Yield the digests of the range, ascending. One statement reads a mailing and its entries as of one moment."""
    # An entry is missing where a mailing has none.
    rows: Iterable[Any] = connection.execute(_ENTRIES, {"since": since, "until": until})
    for (day, tail), group in groupby(rows, key=lambda row: row[:2]):
        yield Digest(day, category, tuple(_to_entry(row) for row in group if row[2] is not None), tail)


def find_other_days(connection: Connection, ids: Collection[PaperId], day: date) -> dict[PaperId, list[date]]:
    """Return which of these ids are new in another mailing, and in which ones, days ascending."""
    found: dict[PaperId, list[date]] = {}
    for paper, other in connection.execute(_OTHER_DAYS, {"ids": list(ids), "day": day}):
        found.setdefault(PaperId(paper), []).append(other)
    return found


def list_new_again(connection: Connection) -> list[tuple[date, PaperId]]:
    """Return day and paper of the entries of papers that are new in several mailings, by day and number."""
    several = select(ENTRY.c.paper_id).group_by(ENTRY.c.paper_id).having(func.count() > 1)
    is_new_again = ENTRY.c.paper_id.in_(several) & (ENTRY.c.section == Section.NEW.value)
    rows = connection.execute(
        select(ENTRY.c.day, ENTRY.c.paper_id).where(is_new_again).order_by(ENTRY.c.day, ENTRY.c.number)
    )
    return [(day, PaperId(paper)) for day, paper in rows]


def find_before(connection: Connection, day: date) -> tuple[date, PaperId | None, PaperId | None] | None:
    """Return date, lowest and highest new id of the last mailing held before `day`. None when there is none."""
    return _read_id_range(connection, _BEFORE, day)


def find_after(connection: Connection, day: date) -> tuple[date, PaperId | None, PaperId | None] | None:
    """Return date, lowest and highest new id of the first mailing held after `day`. None when there is none."""
    return _read_id_range(connection, _AFTER, day)


def list_sizes(connection: Connection, day: date, count: int) -> tuple[int, ...]:
    """Return the numbers of papers of the last `count` mailings held before `day`, newest first."""
    return tuple(connection.scalars(_SIZES, {"day": day, "count": count}))


def find_surroundings(connection: Connection, day: date, ids: Collection[PaperId], count: int) -> Surroundings:
    """Return what the guards must know to check a listing of `day` whose new papers are `ids`."""
    held = mailing_records.list_mailings(connection, day, day).get(day)
    older, newer = find_before(connection, day), find_after(connection, day)
    return Surroundings(
        held=held.papers if held else None,
        before=older[2] if older else None,
        after=newer[1] if newer else None,
        elsewhere={one: days[0] for one, days in find_other_days(connection, ids, day).items()},
        sizes=list_sizes(connection, day, count),
    )


def _read_id_range(
    connection: Connection, wanted: Select[date, str, str], day: date
) -> tuple[date, PaperId | None, PaperId | None] | None:
    row = connection.execute(wanted, {"day": day}).one_or_none()
    return None if row is None else (row[0], *(PaperId(one) if one else None for one in row[1:]))  # type: ignore[return-value]


def _to_entry(row: Any) -> Entry:
    _, _, paper, title, abstract, section, version, placed, reason, paragraphs = row
    # An entry that lost its text is damage, which the hash of the mailing tells.
    text = title or "", abstract or ""
    return Entry(
        PaperId(paper), *text, _SECTIONS[section], version, _CERTAINTIES[placed], reason, Paragraphs(paragraphs)
    )


def _mailing_values(mailing: Mailing, entries: Mapping[date, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    values = {
        "day": mailing.day,
        "state": mailing.state.value,
        "source": mailing.source,
        "evidence": mailing.evidence,
        "response": mailing.response,
        "sha256": mailing.sha256,
        "tail": mailing.tail,
        "papers": mailing.papers,
        "new_submissions": mailing.new,
        "cross_lists": mailing.cross,
        "recorded": mailing.recorded,
    }
    rows = ([row[column.name] for column in HASHED_OF_ENTRY] for row in entries.get(mailing.day, ()))
    return values | {ROWS_HASH.name: hash_rows([values[column.name] for column in HASHED_OF_MAILING], rows)}


def _entry_rows(connection: Connection, digests: Sequence[Digest]) -> dict[date, list[dict[str, Any]]]:
    """Return the rows of the entries by day, in the order of the digests. Texts that are new are added."""
    entries = [(digest.day, number, entry) for digest in digests for number, entry in enumerate(digest.entries, 1)]
    shown = [Text(entry.id, entry.title, entry.abstract) for _, _, entry in entries]
    numbers = texts.put(connection, shown, paper_hashes.keep_hashes)
    rows: dict[date, list[dict[str, Any]]] = {}
    for (day, number, entry), text in zip(entries, numbers, strict=True):
        row = {
            "id": make_entry_id(day, number),
            "day": day,
            "number": number,
            "paper_id": entry.id,
            "section": entry.section and entry.section.value,
            "version": entry.version,
            "certainty": entry.certainty.value,
            "reason": entry.reason,
            "paragraphs": entry.paragraphs.value,
            "text_number": text,
        }
        rows.setdefault(day, []).append(row)
    return rows


def _history_values(mailing: Mailing, replica: str | None) -> dict[str, object]:
    columns = ("day", "recorded", "source", "evidence", "response", "sha256", "papers")
    return {name: getattr(mailing, name) for name in columns} | {"state": mailing.state.value, "replica": replica}
