"""Sizes and counts of an archive for a monitoring system. It only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.ledger_tables import REQUEST
from syncd.archive.sql.service_tables import HISTORY, REPLICA_FILE
from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from syncd.archive.sql.database import Database

NO_ANSWER = "none"


def count_requests(database: Database) -> dict[tuple[str, str], int]:
    """Count the requests that were sent, by host and status; the status is `none` where no answer came."""
    query = sa.select(REQUEST.c.host, REQUEST.c.status, sa.func.count()).group_by(REQUEST.c.host, REQUEST.c.status)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {(host, NO_ANSWER if status is None else str(status)): count for host, status, count in rows}


def count_requests_by_day(database: Database) -> dict[tuple[date, int | None], int]:
    """Count the requests that are in the log by day (UTC) and status. The status is None where no answer came."""
    query = sa.select(REQUEST.c.started, REQUEST.c.status)
    found: dict[tuple[date, int | None], int] = {}
    with database.read() as connection:
        for started, status in connection.execute(query):
            key = started.date(), status
            found[key] = found.get(key, 0) + 1
    return found


def list_first_seen(database: Database) -> Mapping[date, datetime]:
    """Return when each mailing whose listing was seen was recorded first (UTC), by its date, ascending."""
    first = sa.func.min(HISTORY.c.recorded).label("first")
    query = (
        sa.select(HISTORY.c.day, first)
        .where(HISTORY.c.state == State.COMPLETE)
        .group_by(HISTORY.c.day)
        .order_by(HISTORY.c.day)
    )
    with database.read() as connection:
        return {row.day: row.first for row in connection.execute(query)}


def database_bytes(database: Database) -> int:
    """Return the size of the database: of its file with the log beside it, or what the server says."""
    if database.file is not None:
        beside = (database.file, database.file.with_name(f"{database.file.name}-wal"))
        return sum(path.stat().st_size for path in beside if path.exists())
    with database.read() as connection:
        if connection.dialect.name == "sqlite":
            return 0
        found: int = connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0
        return found


def folder_bytes(database: Database, replica: str) -> int:
    """Return the size of this folder's digests, as they were when last read."""
    query = sa.select(sa.func.sum(REPLICA_FILE.c.size)).where(REPLICA_FILE.c.replica == replica)
    with database.read() as connection:
        return int(connection.scalar(query) or 0)
