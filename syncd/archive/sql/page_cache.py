"""The cache in which SQLite holds pages of the database file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

_KIB = 24_000
_SMALL_KIB = 2_000
_SORTING_KIB = 4_000
"""With half of it, the sorted parts of an index of 25 MB are too many to be merged at once, and are written twice."""


@contextmanager
def begin_long(connection: Connection) -> Iterator[None]:
    """Begin a transaction that holds in memory the pages that it changes again and again, and end it after the block."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    with _hold_copies(connection), connection.begin(), _enlarge_cache(connection):
        yield


def _enlarge_cache(connection: Connection) -> AbstractContextManager[None]:
    """Hold more of the pages that are changed: each is written whenever it leaves the cache."""
    return _resize_cache(connection, _KIB)


def use_small_cache(connection: Connection) -> AbstractContextManager[None]:
    """Hold few pages of a file of SQLite in the block, which sorts rows for an index: that takes as much memory again."""
    return _resize_cache(connection, _SORTING_KIB)


@contextmanager
def _resize_cache(connection: Connection, kib: int) -> Iterator[None]:
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{kib}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")
        connection.exec_driver_sql("PRAGMA shrink_memory")


@contextmanager
def _hold_copies(connection: Connection) -> Iterator[None]:
    """Hold the pages as they were before each statement of the transaction, which begins in the block."""
    driver: Any = connection.connection.driver_connection  # a statement of SQLAlchemy would begin the transaction
    # Otherwise, once one statement has changed more than 64 KiB, each later one copies what it changes into a temporary file,
    # a whole page for a single row. In memory it frees its copies: they took a fifth of what a large load wrote.
    driver.execute("PRAGMA temp_store = MEMORY")
    try:
        yield
    finally:
        driver.execute("PRAGMA temp_store = DEFAULT")


def shrink_cache(connection: Connection) -> None:
    """Let this connection of the pool keep few pages from now on. Who reads each page once takes 13 MB less, and no more time."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_SMALL_KIB}")
