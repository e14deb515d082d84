"""The settings of a connection to SQLite."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.sqlite_session import make_preparation

if TYPE_CHECKING:
    from pathlib import Path


def test_a_connection_that_cannot_be_prepared_is_closed(tmp_path: Path) -> None:
    (tmp_path / "syncd.db").write_bytes(b"no database at all, but long enough to have a header" * 20)
    connection = sqlite3.connect(tmp_path / "syncd.db")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        make_preparation(tmp_path / "syncd.db", timedelta(0), wal=False)(connection, None)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
