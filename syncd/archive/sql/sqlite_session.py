"""A connection to SQLite: the settings that syncd gives it. They are of size, speed and safety, and change no result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.archive.sql.sqlite_waits import execute_patiently

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

IS_TEXT = "syncd_is_text"
"""The function that says whether bytes are UTF-8. SQLite itself does not look whether a text is one."""


def make_preparation(file: Path | None, busy: timedelta, *, wal: bool) -> Callable[[Any, object], None]:
    """Return what prepares each new connection. `wal`: the journal mode and the page size of a new database are set, too.

    It waits up to `busy` where another program has the file for itself. A connection that it cannot prepare is closed.
    """
    # The journal mode is written into the file and stays. Setting it would turn an empty file into a database.
    # A page holds five or six abstracts. With the usual 4 KiB it holds two, and a third of the file is empty. The cache holds
    # what a page of a harvest changes, which would be written several times otherwise.
    created = ["page_size = 8192", "journal_mode = WAL"] if wal else []
    # A harvest changes pages all over the indexes. With a checkpoint after 128 MB it writes a quarter less than after the usual
    # 1,000 pages, as a page that changed often is written into the database once. Afterwards the log is cut to 16 MB.
    log = ["wal_autocheckpoint = 16000", f"journal_size_limit = {16 << 20}"]
    pragmas = [*log, "cache_size = -16000", "synchronous = FULL", "foreign_keys = ON"]

    def prepare(connection: Any, record: object) -> None:  # noqa: ARG001  SQLAlchemy's signature
        connection.isolation_level = None  # transactions begin in `make_begin` only
        connection.create_function(IS_TEXT, 1, _is_text, deterministic=True)
        try:
            # The first statement that reads waits where another program has the whole file for itself.
            execute_patiently(connection, "SELECT 1 FROM sqlite_master LIMIT 1", file, busy)
            # Where several processes make a new database at once, SQLite refuses the change of the mode without waiting itself.
            for pragma in created:
                execute_patiently(connection, f"PRAGMA {pragma}", file, busy)
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()  # the pool does not know it yet
            raise

    return prepare


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
