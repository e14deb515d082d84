"""Statements that read mailings to judge their rows: every column, and whether they are what was recorded.

No transaction begins or ends here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, or_, select, update

from syncd.archive.sql import full_text, texts
from syncd.archive.sql.entry_ids import ENTRY_SPAN, make_entry_id
from syncd.archive.sql.row_hashes import HASHED_OF_ENTRY, HASHED_OF_MAILING, ROWS_HASH, hash_rows
from syncd.archive.sql.statements import SINCE, UNTIL
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.archive.sql.texts import Text
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Paragraphs, Section, State
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from sqlalchemy import Connection

_PAGE = 50
_Row = Sequence[Any]
_SECTIONS: dict[str | None, Section | None] = {None: None} | {section.value: section for section in Section}
_CERTAINTIES = {placed.value: placed for placed in Certainty}
_AT = {column.name: at for at, column in enumerate(HASHED_OF_ENTRY)}
_OF_ENTRY = len(HASHED_OF_ENTRY)
_DIGEST_COLUMNS = itemgetter(
    *(_AT[name] for name in ("paper_id", "section", "version", "certainty", "reason", "paragraphs"))
)
IS_TEXT = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
"""The condition that a text is that of an entry."""
MAILINGS = select(*HASHED_OF_MAILING, ROWS_HASH).where(MAILING.c.day.between(SINCE, UNTIL)).order_by(MAILING.c.day)
"""The rows of mailings as they are hashed, by date, each with its stored hash."""
_ENTRIES = (
    select(*HASHED_OF_ENTRY, *texts.STORED)
    .outerjoin(PAPER_TEXT, IS_TEXT)
    .where(ENTRY.c.day.between(SINCE, UNTIL))
    .order_by(ENTRY.c.day, ENTRY.c.number)
)


@dataclass(frozen=True, slots=True)
class StoredMailing:
    """A mailing as its rows have it.

    `is_as_recorded`: no column of the mailing and its entries was changed behind syncd's back. What their texts must be,
    `mailing.sha256` says. `text_numbers` are those of the entries in their order. `odd_texts` are the papers whose plain text is
    not that of the HTML beside it, so that a search shows another text than the file has.
    """

    mailing: Mailing
    digest: Digest
    is_as_recorded: bool
    text_numbers: tuple[int, ...]
    odd_texts: tuple[PaperId, ...] = ()


def read(connection: Connection, category: str, since: date, until: date) -> Iterator[StoredMailing]:
    """Yield the mailings of the range, ascending. The connection must see one state of the data."""
    for mailing, entries, hashed in _read_rows(connection, since, until):
        yield _to_stored(category, mailing, entries, is_as_recorded=hashed == mailing[-1])


def list_orphaned_days(connection: Connection, since: date, until: date) -> list[date]:
    """Return the days of the range that have entries and no mailing, ascending."""
    days = select(ENTRY.c.day).distinct().where(ENTRY.c.day.between(since, until))
    return sorted(connection.scalars(days.where(ENTRY.c.day.not_in(select(MAILING.c.day)))))


def hash_all(connection: Connection) -> None:
    """Record the hashes of all mailings as their rows are now, where none were recorded before."""
    statement = update(MAILING).where(MAILING.c.day == bindparam("of_day")).values({ROWS_HASH: bindparam("hash")})
    days = connection.scalars(select(MAILING.c.day).order_by(MAILING.c.day)).all()
    for page in (days[at : at + _PAGE] for at in range(0, len(days), _PAGE)):
        hashes = [{"of_day": row[0], "hash": made} for row, _, made in _read_rows(connection, page[0], page[-1])]
        connection.execute(statement, hashes)


def remove(connection: Connection, days: Collection[date]) -> None:
    """Delete the rows of these days, with what the search has of them. Their history stays."""
    remove_entries(connection, days)
    connection.execute(delete(MAILING).where(MAILING.c.day.in_(days)))


def remove_entries(connection: Connection, days: Collection[date]) -> None:
    """Delete the entries of these days, also those that were moved to another date by hand and kept their ids."""
    full_text.remove(connection, days)
    is_moved = (ENTRY.c.id.between(make_entry_id(day, 0), make_entry_id(day, ENTRY_SPAN - 1)) for day in days)
    connection.execute(delete(ENTRY).where(or_(ENTRY.c.day.in_(days), *is_moved)))


def _read_rows(connection: Connection, since: date, until: date) -> Iterator[tuple[_Row, list[_Row], str]]:
    """Yield the row of each mailing with its stored hash, those of its entries with their texts, and the hash of both."""
    days = {"since": since, "until": until}
    mailings = connection.execute(MAILINGS, days).all()
    rows = connection.execute(_ENTRIES, days)
    entries: dict[date, list[_Row]] = {day: list(group) for day, group in groupby(rows, key=itemgetter(_AT["day"]))}
    for mailing in mailings:
        of_day = entries.get(mailing[0], [])
        yield mailing, of_day, hash_rows(mailing[:-1], (entry[:_OF_ENTRY] for entry in of_day))


def _to_stored(category: str, mailing: _Row, entries: Sequence[_Row], *, is_as_recorded: bool) -> StoredMailing:
    day, state, *rest = mailing[:-1]
    row = Mailing(day, State(state), *rest)
    raw = [entry[_OF_ENTRY:] for entry in entries]
    made = [_to_entry(entry, text) for entry, text in zip(entries, map(texts.to_html, raw), strict=True)]
    odd = (one.id for one, text in zip(made, raw, strict=True) if not texts.is_sound(one.id, text))
    numbers = tuple(entry[_AT["text_number"]] for entry in entries)
    return StoredMailing(row, Digest(day, category, tuple(made), row.tail), is_as_recorded, numbers, tuple(odd))


def _to_entry(row: Sequence[Any], text: tuple[str, str]) -> Entry:
    paper, section, version, placed, reason, paragraphs = _DIGEST_COLUMNS(row)
    return Entry(
        PaperId(paper), *text, _SECTIONS[section], version, _CERTAINTIES[placed], reason, Paragraphs(paragraphs)
    )


def restore_texts(connection: Connection, held: StoredMailing, true: Digest) -> None:
    """Give the entries of a mailing whose other rows are sound the texts of the digest from which it was recorded, in place."""
    for entry, number, before in zip(true.entries, held.text_numbers, held.digest.entries, strict=True):
        if (entry.title, entry.abstract) != (before.title, before.abstract) or entry.id in held.odd_texts:
            texts.overwrite(connection, Text(entry.id, entry.title, entry.abstract), number)
