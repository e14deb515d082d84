"""The tables: names of constraints, and rows that the database refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.service_tables import ARCHIVE, REPLICA, REPLICA_FILE
from syncd.archive.sql.tables import MAILING
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)
DAY = date(2021, 4, 7)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
ROW: dict[str, object] = {
    "day": DAY,
    "state": "complete",
    "source": "new",
    "evidence": "heading",
    "sha256": "a" * 64,
    "tail": 6,
    "papers": 3,
    "new_submissions": 2,
    "cross_lists": 1,
    "recorded": NOW,
    "rows_sha256": "b" * 64,
}


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url, create=True)
    yield database
    database.close()


def test_every_constraint_has_a_name() -> None:
    unnamed = [c for table in METADATA.tables.values() for c in table.constraints if not c.name]
    assert unnamed == []


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("state", "pending", "state"),
        ("sha256", "abc", "sha256_length"),
        ("rows_sha256", "abc", "rows_sha256_length"),
        ("tail", -1, "tail"),
        ("papers", -1, "papers"),
        ("new_submissions", 3, "sections"),
    ],
)
def test_the_database_refuses_an_impossible_mailing(
    database: Database, column: str, value: object, constraint: str
) -> None:
    broken = ROW | {column: value}
    if column == "papers":
        broken |= {"new_submissions": None, "cross_lists": None}
    with pytest.raises(DatabaseError, match=f"ck_mailing_{constraint}"), database.write() as connection:
        connection.execute(sa.insert(MAILING), broken)


def test_a_mailing_without_certain_sections_is_accepted(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(MAILING), ROW | {"new_submissions": None, "cross_lists": None})


def test_a_database_holds_one_archive(database: Database) -> None:
    row = {"uuid": "u", "category": "cs.CV", "created": NOW}
    with pytest.raises(DatabaseError, match="ck_syncd_archive_single"), database.write() as connection:
        connection.execute(sa.insert(ARCHIVE), row | {"id": 2})


def test_a_stat_is_complete_or_absent(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(REPLICA), {"id": "r", "host": "h", "root": "/a", "created": NOW})
    with pytest.raises(DatabaseError, match="ck_syncd_replica_file_stat"), database.write() as connection:
        connection.execute(sa.insert(REPLICA_FILE), {"replica": "r", "day": DAY, "size": 1})
