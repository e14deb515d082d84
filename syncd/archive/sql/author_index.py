"""The index that finds the papers of an author. A load of very many papers builds it at its end, on SQLite.

index dropped ─► papers loaded, ids ascending ─► index built of all rows, sorted
                 └─ killed: the next run that writes finds it missing, and builds it

The papers of an author are all over a load, so that each of its transactions would write nearly all of the index again. It is no
part of the data: without it, the papers of an author are found more slowly.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from syncd.archive.sql.page_cache import use_small_cache
from syncd.archive.sql.tables import PAPER, PAPER_AUTHOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.sql.database import Database

_MANY = 20_000
"""From this number of papers on, and from half of those that are held, to build the index writes less than to keep it."""

(_INDEX,) = PAPER_AUTHOR.indexes
_NAMED = text("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = :name")


@contextmanager
def defer_index(database: Database, papers: int) -> Iterator[None]:
    """Build the index after the block, which adds this number of papers, if that takes less than to keep it up to date."""
    if database.file is None or papers < _MANY or 2 * papers < _count_held(database):
        yield
        return
    with database.write() as connection:
        _INDEX.drop(connection, checkfirst=True)
    try:
        yield
    finally:
        restore_index(database)


def restore_index(database: Database) -> None:
    """Build the index if it is missing. It takes two seconds for 280,000 papers, and one statement where it is there."""
    if database.file is None:
        return
    with database.read() as connection:
        is_there = connection.scalar(_NAMED, {"name": _INDEX.name})
    if not is_there:
        with database.write() as connection, use_small_cache(connection):
            _INDEX.create(connection, checkfirst=True)


def _count_held(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(PAPER)) or 0
