"""A database that is only read for as long as it is open: what refuses changes, and how to see that others made some."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy as sa

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.archive.sql.database import Database

_RACY = timedelta(milliseconds=100)
"""A file changed less than this ago may change again within one tick of the file system's clock."""
_SNAPSHOT = sa.text("SELECT CAST(pg_current_snapshot() AS text)")


def choose_reading_url(url: sa.URL, file: Path, *, read_only: bool) -> sa.URL:
    """Return the URL with which an SQLite file is opened to be read.

    In WAL mode even a reader makes files beside the database. A file that no process has open, in a folder that this user cannot
    write to, is read as one that never changes.
    """
    log = file.with_name(f"{file.name}-wal")
    if not os.access(file.parent, os.W_OK, effective_ids=True) and not log.exists():
        how = {"immutable": "1"}
    elif read_only:
        how = {"mode": "ro"}
    else:
        return url
    return url.set(database=f"file:{quote(str(file))}", query={**how, "uri": "true"})


def forbid_changes(database: Database) -> Database:
    """Return the database, whose connections refuse every statement that changes something, whatever the user may do."""
    on_sqlite = database.engine.dialect.name == "sqlite"

    def restrict(connection: Any, record: object) -> None:  # noqa: ARG001  SQLAlchemy's signature
        if on_sqlite:
            connection.execute("PRAGMA query_only = ON")
            # The web pages have a connection for each thread, for years. The system keeps the pages of the file as well.
            connection.execute("PRAGMA cache_size = -4000")
        else:
            connection.read_only = True

    sa.event.listen(database.engine, "connect", restrict)
    return replace(database, is_read_only=True)


def read_revision(database: Database) -> str:
    """Return a text that changes with the data. Empty while it cannot be known whether more is changing at this moment.

    On SQLite it is the stat of the file and of its log, on PostgreSQL the snapshot: which transactions are visible.
    """
    if database.file is None:
        with database.read() as connection:
            return str(connection.scalar(_SNAPSHOT))
    log = database.file.with_name(f"{database.file.name}-wal")
    stats = [_read_stat(database.file), _read_stat(log)]
    youngest = max(changed for _, changed, _ in stats)
    if youngest > (datetime.now(UTC) - _RACY).timestamp() * 1e9:
        return ""
    return repr(stats)


def _read_stat(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_size, found.st_mtime_ns, found.st_ino
