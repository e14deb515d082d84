"""The full-text index of the titles and abstracts that were announced, and of the names of authors, and how it is kept.

No transaction begins or ends here. On SQLite it is FTS5, which keeps the stems of words but no text of its own. On PostgreSQL it
is a table of tsvector with its index. Both have the categories of each paper as one word each. Names have an index of their own,
which PostgreSQL keeps itself.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import column, func, select, table, text

from syncd.archive.sql.entry_ids import ENTRY_SPAN, make_entry_id
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.tables import AUTHOR, ENTRY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection, FromClause

    from syncd.core.model import PaperId

# FTS5 writes what it has collected in memory after each statement, and while ids do not ascend. So there is one for all ids.
_INSERT = {
    "sqlite": text(
        "INSERT INTO syncd_search (rowid, abstract, title, categories) SELECT id, abstract, title, categories "
        "FROM syncd_entry_text WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id"
    ),
    "postgresql": text(
        "INSERT INTO syncd_search (id, words) SELECT id, words FROM syncd_entry_text WHERE id = ANY (CAST(:ids AS bigint[]))"
    ),
}
_DELETE = {
    "sqlite": text("DELETE FROM syncd_search WHERE rowid IN (SELECT value FROM json_each(:ids))"),
    "postgresql": text("DELETE FROM syncd_search WHERE id = ANY (CAST(:ids AS bigint[]))"),
}
_OF_DAYS = {
    "sqlite": text(
        "SELECT held.id FROM json_each(:firsts) AS first "
        "JOIN syncd_search_docsize AS held ON held.id BETWEEN first.value AND first.value + :more"
    ),
    "postgresql": text(
        "SELECT held.id FROM unnest(CAST(:firsts AS bigint[])) AS first (value) "
        "JOIN syncd_search AS held ON held.id BETWEEN first.value AND first.value + :more"
    ),
}
# A server lists new words first, and every search would read that list until the next vacuum.
_TIDY = text("SELECT gin_clean_pending_list('ix_syncd_search_words')")
# FTS5 numbers its pages: the segment is above 37 bits, of which the lower 31 count the leaves. The first row has its totals:
# the number of entries, and of the words in each column.
_SIZE = """
    SELECT coalesce(sum((
        SELECT max(id) FROM syncd_search_data WHERE id BETWEEN segid << 37 AND (segid << 37) + (1 << 31) - 1
    ) - (segid << 37)), 0), (SELECT block FROM syncd_search_data WHERE id = 1)
    FROM (SELECT DISTINCT segid FROM syncd_search_idx)
"""
_MANY = 1_000
# FTS5 merges its parts as they grow in number, and a backfill of all years would write most of the index twice. So its parts stay
# as they are: a search looks into up to 64 of them, and the mailings of the next weeks bring them together.
_PUT_MERGING_OFF = text("INSERT INTO syncd_search (syncd_search, rank) VALUES ('automerge', 0), ('crisismerge', 64)")
_MERGE_AGAIN = text("INSERT INTO syncd_search (syncd_search, rank) VALUES ('automerge', 8)")
_MOST_BYTES = 3.6
"""Bytes of the index for each word. Without waste it takes 2.9, as an abstract has many words more than once."""
_INDEXED = {"sqlite": table("syncd_search_docsize", column("id")), "postgresql": table("syncd_search", column("id"))}
_INDEXED_AUTHORS = table("syncd_author_search_docsize", column("id"))
_INDEXED_ENTRIES = {
    dialect: select(ENTRY.c.id).join(indexed, indexed.c.id == ENTRY.c.id).where(is_listed(ENTRY.c.paper_id))
    for dialect, indexed in _INDEXED.items()
}
_ADD_AUTHORS = text(
    "INSERT INTO syncd_author_search (rowid, name) SELECT id, name FROM author "
    "WHERE id > (SELECT coalesce(max(id), 0) FROM syncd_author_search_docsize)"
)


def is_part_of_index(name: str | None) -> bool:
    """Return whether a table, column or index of this name belongs to the search. A comparison of schemas leaves it out."""
    return name is not None and (name.startswith(("syncd_search", "syncd_author_search")) or name == "ix_author_words")


def add(connection: Connection, entries: Sequence[int]) -> None:
    """Add the entries of these ids."""
    if entries:
        with _put_merging_off(connection, len(entries)):
            connection.execute(_INSERT[connection.dialect.name], {"ids": _pack(connection, entries)})
        if connection.dialect.name == "postgresql":
            connection.execute(_TIDY)


@contextmanager
def _put_merging_off(connection: Connection, entries: int) -> Iterator[None]:
    """Keep FTS5 from merging its parts in the block, which adds this number of entries, if they are many."""
    if entries < _MANY or connection.dialect.name != "sqlite":
        yield
        return
    connection.execute(_PUT_MERGING_OFF)
    yield
    connection.execute(_MERGE_AGAIN)


def remove(connection: Connection, days: Iterable[date]) -> None:
    """Remove the entries of these days. It must be done before they go, as FTS5 is given the text that it forgets."""
    firsts = _pack(connection, [make_entry_id(day, 0) for day in days])
    given = {"firsts": firsts, "more": ENTRY_SPAN - 1}
    _delete(connection, connection.scalars(_OF_DAYS[connection.dialect.name], given).all())


@contextmanager
def index_again(connection: Connection, papers: Collection[PaperId]) -> Iterator[None]:
    """Take the entries of these papers out of the index, and add them again after the block, which changes their categories."""
    dialect = connection.dialect.name
    found = sorted(connection.scalars(_INDEXED_ENTRIES[dialect], {"ids": papers})) if papers else []
    _delete(connection, found)
    yield
    add(connection, found)
    if len(found) >= _MANY and dialect == "sqlite" and _is_bloated(connection):
        connection.execute(text("INSERT INTO syncd_search (syncd_search) VALUES ('optimize')"))


def _delete(connection: Connection, entries: Sequence[int]) -> None:
    if entries:
        connection.execute(_DELETE[connection.dialect.name], {"ids": _pack(connection, entries)})


def _pack(connection: Connection, numbers: Sequence[int]) -> Any:
    return json.dumps(numbers) if connection.dialect.name == "sqlite" else numbers


def _is_bloated(connection: Connection) -> bool:
    """Return whether much of the index is entries that were taken out. FTS5 keeps them until the newest part meets the oldest."""
    pages: int
    pages, totals = connection.execute(text(_SIZE)).one()
    words = sum(_read_numbers(totals)[1:])
    return pages * 4050 > _MOST_BYTES * words


def _read_numbers(blob: bytes) -> list[int]:
    """Return the numbers that SQLite wrote one after the other, seven bits in each byte."""
    numbers, last = [], 0
    for byte in blob:
        last = last << 7 | byte & 127
        if byte < 128:
            numbers.append(last)
            last = 0
    return numbers


def add_authors(connection: Connection) -> None:
    """Add the names of authors that are missing. Their numbers ascend, and a name never changes."""
    if connection.dialect.name == "sqlite":
        connection.execute(_ADD_AUTHORS)


def rebuild(connection: Connection) -> int:
    """Build both indexes again, from the entries and the names of authors. Return the number of entries."""
    if connection.dialect.name == "sqlite":
        for index in ("syncd_search", "syncd_author_search"):
            connection.execute(text(f"INSERT INTO {index} ({index}) VALUES ('rebuild')"))  # noqa: S608  a constant
    else:
        # In less time than word by word.
        connection.execute(text("DROP INDEX IF EXISTS ix_syncd_search_words"))
        connection.execute(text("TRUNCATE syncd_search"))
        connection.execute(text("INSERT INTO syncd_search (id, words) SELECT id, words FROM syncd_entry_text"))
        connection.execute(text("CREATE INDEX ix_syncd_search_words ON syncd_search USING gin (words)"))
        connection.execute(text("REINDEX INDEX ix_author_words"))
    return connection.scalar(select(func.count()).select_from(ENTRY)) or 0


def count_unindexed(connection: Connection) -> int:
    """Return how many entries and names are missing from the indexes, or are in them although they are not held."""
    strays = _count_unpaired(connection, ENTRY, _INDEXED[connection.dialect.name])
    if connection.dialect.name == "sqlite":
        strays += _count_unpaired(connection, AUTHOR, _INDEXED_AUTHORS)
    return strays


def _count_unpaired(connection: Connection, *tables: FromClause) -> int:
    """Return how many ids are in one of two tables only. Sets of them would take 50 MB for a whole archive."""
    found = 0
    for one, other in (tables, tables[::-1]):
        is_in_other = select(other.c.id).where(other.c.id == one.c.id).exists()
        found += connection.scalar(select(func.count()).select_from(one).where(~is_in_other)) or 0
    return found
