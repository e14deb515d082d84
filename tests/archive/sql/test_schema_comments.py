"""The comments of the schema: the same in Python, in the text of SQLite and in PostgreSQL."""

from __future__ import annotations

from contextlib import closing

import pytest
import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from tests.support.schema_comments import VIEWS, read_postgresql, read_sqlite, read_tables

pytest_plugins = ("tests.support.postgres_server",)
INDEXED = {"syncd_entry_text", "syncd_search", "syncd_search.id"}
"""What only PostgreSQL has: the index of its full-text search."""


def test_sqlite_explains_tables_and_columns_as_python_does() -> None:
    written = read_sqlite()
    for name, table in read_tables().items():
        assert written[name] == table


def test_postgresql_explains_tables_views_and_columns_as_sqlite_does() -> None:
    expected: dict[str, str] = {}
    for name, one in read_sqlite().items():
        found = {name: one.meaning} | {f"{name}.{column}": meaning for column, meaning in one.columns.items()}
        expected |= {key: meaning for key, meaning in found.items() if meaning is not None}
    given = read_postgresql()
    assert {key: text for key, text in given.items() if key not in INDEXED} == expected


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_and_each_of_its_columns_is_explained(name: str) -> None:
    view = read_sqlite()[name]
    assert view.meaning
    assert all(view.columns.values())


def test_no_other_view_is_for_people(url: str) -> None:
    with closing(open_database(url, create=True)) as database:
        names = set(sa.inspect(database.engine).get_view_names())
    assert {name for name in names if not name.startswith("syncd_")} == set(VIEWS)


def test_views_have_the_columns_that_are_explained(url: str) -> None:
    written = read_sqlite()
    with closing(open_database(url, create=True)) as database:
        inspector = sa.inspect(database.engine)
        for name in VIEWS:
            assert [column["name"] for column in inspector.get_columns(name)] == list(written[name].columns)


@pytest.mark.postgres
def test_a_server_shows_the_comments(postgres_url: str) -> None:
    with closing(open_database(postgres_url, create=True)) as database:
        inspector = sa.inspect(database.engine)
        assert inspector.get_table_comment("papers")["text"] == read_sqlite()["papers"].meaning
        (column,) = [one for one in inspector.get_columns("version") if one["name"] == "withdrawal_seen"]
    assert column["comment"] == read_sqlite()["version"].columns["withdrawal_seen"]
