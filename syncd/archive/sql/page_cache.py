"""The cache in which SQLite holds pages of the database file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_KIB = 24_000


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
