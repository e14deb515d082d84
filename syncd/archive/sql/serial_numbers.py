"""Let a server number new rows after those that were inserted with their numbers. SQLite does so by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.schema import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection


def continue_after_rows(connection: Connection) -> None:
    """Set the sequence of every table that numbers its rows to the highest number there."""
    if connection.dialect.name == "sqlite":
        return
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            highest = sa.select(sa.func.max(column)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(sa.select(sa.func.setval(sequence, highest)).where(highest.is_not(None)))
