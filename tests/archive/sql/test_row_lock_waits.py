"""Waiting for rows that another session of a PostgreSQL server holds: it is named after 2 s, and the wait can be broken off."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from syncd.archive.files import lock_waits
from syncd.archive.sql import row_lock_waits
from syncd.archive.sql.database import open_database
from syncd.core.errors import DatabaseError
from syncd.usecases.progress import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)
pytestmark = pytest.mark.postgres
VERSION = sa.text("UPDATE syncd_schema SET version_num = version_num")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is said. All waits are short, and said at once."""
    said = list[str]()
    monkeypatch.setattr(lock_waits, "SILENT", timedelta(seconds=0.05))
    monkeypatch.setattr(row_lock_waits, "_EVERY", timedelta(seconds=0.01))
    monkeypatch.setattr(lock_waits, "say", said.append)
    return said


@contextmanager
def hold_rows(url: str) -> Iterator[None]:
    """Hold the row that every test here writes, as an editor of the administrator could."""
    with psycopg.connect(url.replace("+psycopg", ""), application_name="an editor") as session:
        session.execute(str(VERSION))
        yield


def write_version(database: Database) -> None:
    with database.write() as connection:
        connection.execute(VERSION)


def test_a_writer_that_waits_names_the_session_that_holds_its_rows(postgres_url: str, said: list[str]) -> None:
    with closing(open_database(postgres_url, create=False, busy=timedelta(seconds=1))) as database:
        with hold_rows(postgres_url), pytest.raises(DatabaseError, match="lock timeout") as caught:
            write_version(database)
        assert caught.value.passing
        assert said == ["waiting up to 30 s for rows of the database, which another session holds: an editor"]
        write_version(database)


def test_a_long_transaction_that_waits_for_none_says_nothing(postgres_url: str, said: list[str]) -> None:
    with closing(open_database(postgres_url, create=False)) as database, database.write():
        sleep(0.15)
    assert said == []


def test_the_wait_may_be_broken_off_and_the_database_can_be_used_again(postgres_url: str, said: list[str]) -> None:
    endings = list[Exception]()
    with closing(open_database(postgres_url, create=False)) as database:
        with hold_rows(postgres_url), lock_waits.end_waits(endings):
            threading.Timer(0.2, endings.append, [Cancelled()]).start()
            with pytest.raises(Cancelled):
                write_version(database)
        assert len(said) == 1
        write_version(database)
