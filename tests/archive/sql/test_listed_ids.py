from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, MetaData, Table, Text, create_engine, delete, insert, not_, select
from sqlalchemy.dialects import postgresql, sqlite

from syncd.archive.sql.listed_ids import is_listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

NAME = Table("name", MetaData(), Column("name", Text, primary_key=True))
HELD = ["2104.00001", 'Émile "é" O\'Neil', "a\\b, c", ""]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        NAME.create(connection)
        connection.execute(insert(NAME), [{"name": one} for one in HELD])
        yield connection
    engine.dispose()


@pytest.mark.parametrize("wanted", [[], HELD, [*HELD[:2], "another"], [f"{number}" for number in range(100_000)]])
def test_a_list_of_any_length_finds_what_is_in_it(connection: Connection, wanted: list[str]) -> None:
    found = connection.scalars(select(NAME.c.name).where(is_listed(NAME.c.name)), {"ids": wanted})
    assert set(found) == set(wanted) & set(HELD)


def test_a_list_may_stand_in_the_condition_itself_beside_others(connection: Connection) -> None:
    listed = is_listed(NAME.c.name, HELD[:2])
    connection.execute(delete(NAME).where(listed, NAME.c.name != HELD[0]))
    assert set(connection.scalars(select(NAME.c.name).where(not_(listed)))) == set(HELD[2:])


def test_an_index_finds_what_is_listed(connection: Connection) -> None:
    query = str(select(NAME.c.name).where(is_listed(NAME.c.name)).compile(dialect=sqlite.dialect()))
    (first, *_) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("[]",)).all()
    assert first[3].startswith("SEARCH name USING COVERING INDEX")


def test_postgresql_gets_one_array() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    made = str(select(NAME.c.name).where(is_listed(NAME.c.name)).compile(dialect=dialect))
    assert made.splitlines()[-1] == "WHERE name.name = ANY (%(ids)s::TEXT[])"
