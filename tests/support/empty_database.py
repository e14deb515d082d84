"""An SQLite database with syncd's tables and no row, made once in each test process.

To make the tables is the slowest step of most tests that use an archive; to copy the file takes no time.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from syncd.archive.sql.database import open_database


@cache
def empty_database() -> bytes:
    """Return the bytes of the file, as `open_database` leaves it when it has made the tables."""
    with TemporaryDirectory(prefix="syncd-empty-") as folder:
        file = Path(folder) / "syncd.db"
        open_database(f"sqlite:///{file}", create=True).close()
        return file.read_bytes()
