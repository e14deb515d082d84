"""Waiting for another program's lock of an SQLite database: it is named after 2 s, and the wait can be broken off."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import lock_waits
from syncd.archive.sql import sqlite_waits
from syncd.archive.sql.database import open_database
from syncd.archive.sql.sqlite_waits import execute_patiently
from syncd.core.errors import DatabaseError
from tests.support.other_writer import another_process_writing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is said. All waits are short, and said at once."""
    said = list[str]()
    monkeypatch.setattr(lock_waits, "SILENT", timedelta(0))
    monkeypatch.setattr(sqlite_waits, "_SLICE", timedelta(seconds=0.01))
    monkeypatch.setattr(lock_waits, "say", said.append)
    return said


def test_a_writer_that_waits_names_the_process_that_writes(tmp_path: Path, said: list[str]) -> None:
    url = f"sqlite:///{tmp_path}/syncd.db"
    database = open_database(url, create=True, busy=timedelta(seconds=0.1))
    with another_process_writing(url) as other:
        with pytest.raises(DatabaseError, match="database is locked") as caught, database.write():
            pass
        assert caught.value.passing
        (line,) = said
        assert line.startswith(f"waiting up to 30 s for the database, which is held by process {other.process.pid}")
    with database.write():
        pass
    database.close()


def test_a_database_that_another_program_keeps_to_itself_is_waited_for_aloud(tmp_path: Path, said: list[str]) -> None:
    url = f"sqlite:///{tmp_path}/syncd.db"
    open_database(url, create=True).close()
    with closing(sqlite3.connect(tmp_path / "syncd.db", isolation_level=None)) as keeper:
        keeper.execute("PRAGMA locking_mode = EXCLUSIVE")
        keeper.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="database is locked"):
            open_database(url, create=False, busy=timedelta(seconds=0.1))
    assert said


def test_the_wait_may_be_broken_off_and_leaves_the_usual_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_waits, "_SLICE", timedelta(seconds=0.002))
    here, other = (sqlite3.connect(tmp_path / "a.db", isolation_level=None) for _ in range(2))
    other.execute("BEGIN IMMEDIATE")
    seen = set[tuple[str, bool]]()
    here.set_trace_callback(lambda statement: seen.add((statement.split()[0], lock_waits.is_waiting())))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        execute_patiently(here, "BEGIN IMMEDIATE", None, timedelta(seconds=0.5))
    assert not lock_waits.is_waiting()
    other.execute("ROLLBACK")
    execute_patiently(here, "BEGIN IMMEDIATE", None, timedelta(seconds=7))
    assert here.execute("PRAGMA busy_timeout").fetchone() == (7000,)
    # The first attempt is no wait yet.
    assert seen == {("BEGIN", False), ("BEGIN", True), ("PRAGMA", False)}
    here.close()
    other.close()


def test_another_error_is_raised_at_once() -> None:
    with closing(sqlite3.connect(":memory:")) as here, pytest.raises(sqlite3.OperationalError, match="syntax"):
        execute_patiently(here, "BEGUN", None, timedelta(seconds=9))
