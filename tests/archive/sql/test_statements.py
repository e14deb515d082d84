"""INSERT statements with ON CONFLICT, on each of the databases in turn."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger_tables import POOL
from syncd.archive.sql.statements import build_insert, execute_many, insert_missing, upsert
from syncd.archive.sql.tables import AUTHOR, CATEGORY

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


def test_a_row_that_comes_twice_ends_as_the_last_one(url: str) -> None:
    with closing(open_database(url, create=True)) as database, database.write() as connection:
        execute_many(connection, upsert(connection, POOL), POOL, [dict(API_POOL), API_POOL | {"next_allowed": LATER}])
        assert pools(connection) == {"api": LATER}


@pytest.mark.parametrize("is_missing_only", [False, True])
def test_many_rows_become_the_same_as_one_after_the_other(url: str, is_missing_only: bool) -> None:
    names = ["Ann \\ Lee", 'Bo "the" Doe', "Zoë\tNg", "{a,b}", "NULL", "", "\\N"]
    rows: list[dict[str, Any]] = [
        {"name": name, "forenames": None if at % 2 else name, "key_name": None, "rows_hash": -at}
        for at, name in enumerate(names)
    ]
    found = []
    with closing(open_database(url, create=True)) as database:
        for many in (True, False):
            with database.write() as connection:
                dialect = connection.dialect.name
                statement = insert_missing(connection, AUTHOR) if is_missing_only else build_insert(dialect, AUTHOR)
                if many:
                    execute_many(connection, statement, AUTHOR, [dict(row) for row in rows])
                else:
                    for row in rows:
                        connection.execute(statement, row)
                of_name = sa.select(AUTHOR.c.name, AUTHOR.c.forenames, AUTHOR.c.key_name, AUTHOR.c.rows_hash)
                found.append(connection.execute(of_name.order_by(AUTHOR.c.id)).all())
                connection.execute(sa.delete(AUTHOR))
    assert found[0] == found[1]
    assert [row.name for row in found[0]] == names


@pytest.mark.postgres
def test_a_server_refuses_a_text_that_is_too_long_among_many(postgres_url: str) -> None:
    rows = [{"code": code, "archive": "cs"} for code in ("cs.CV", "c" * 33)]
    with closing(open_database(postgres_url, create=True)) as database, database.write() as connection:
        for statement in (build_insert("postgresql", CATEGORY), insert_missing(connection, CATEGORY)):
            with pytest.raises(sa.exc.DataError, match="too long"), connection.begin_nested():
                execute_many(connection, statement, CATEGORY, [dict(row) for row in rows])
