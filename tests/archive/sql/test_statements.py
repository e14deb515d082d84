"""INSERT statements with ON CONFLICT, on each of the databases in turn."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger_tables import POOL
from syncd.archive.sql.statements import execute_many, insert_missing, upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

pytest_plugins = ("tests.support.postgres_server",)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)
API_POOL = {"name": "api", "next_allowed": NOW}


def pools(connection: Connection) -> dict[str, datetime]:
    return {row.name: row.next_allowed for row in connection.execute(sa.select(POOL).order_by(POOL.c.name))}


def test_an_upsert_replaces_only_rows_that_differ(url: str) -> None:
    with closing(open_database(url, create=True)) as database, database.write() as connection:
        touched = upsert(connection, POOL).returning(POOL.c.name)
        later = API_POOL | {"next_allowed": LATER}
        assert [len(connection.execute(touched, row).all()) for row in (API_POOL, API_POOL, later)] == [1, 0, 1]


def test_an_upsert_with_a_condition_keeps_the_row_that_does_not_meet_it(url: str) -> None:
    with closing(open_database(url, create=True)) as database, database.write() as connection:
        latest = upsert(connection, POOL, only_if=lambda new: new.next_allowed > POOL.c.next_allowed)
        for moment, expected in ((LATER, LATER), (NOW, LATER)):
            connection.execute(latest, {"name": "api", "next_allowed": moment})
            assert pools(connection) == {"api": expected}


def test_an_insert_of_what_is_missing_leaves_the_row_that_exists(url: str) -> None:
    with closing(open_database(url, create=True)) as database, database.write() as connection:
        for moment in (NOW, LATER):
            connection.execute(insert_missing(connection, POOL), {"name": "api", "next_allowed": moment})
        assert pools(connection) == {"api": NOW}


def test_many_rows_are_converted_as_a_single_one_is(url: str) -> None:
    rows = [{"name": name, "next_allowed": moment} for name, moment in (("a", NOW), ("b", NOW), ("c", LATER))]
    with closing(open_database(url, create=True)) as database, database.write() as connection:
        execute_many(connection, upsert(connection, POOL), POOL, [dict(row) for row in rows])
        assert pools(connection) == {"a": NOW, "b": NOW, "c": LATER}
