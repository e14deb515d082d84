"""The cache in which SQLite holds pages of the database file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_KIB = 24_000
_SMALL_KIB = 2_000


@contextmanager
def begin_long(connection: Connection) -> Iterator[None]:
    """Begin a transaction that holds in memory the pages that it changes again and again, and end it after the block."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    with _hold_copies(connection), connection.begin(), _enlarge_cache(connection):
        yield


@contextmanager
def _enlarge_cache(connection: Connection) -> Iterator[None]:
    """Hold more of the pages that are changed: each is written whenever it leaves the cache."""
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_KIB}")
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
