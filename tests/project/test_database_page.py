"""The reference of the database: in step with the schema, and its queries answered alike by both databases."""

from __future__ import annotations

import re
import runpy
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from syncd.archive.sql.database import open_database
from syncd.archive.sql.store import Store
from tests.support.demo_archive import fill_demo
from tests.support.schema_comments import VIEWS, read_tables

pytest_plugins = ("tests.support.postgres_server",)
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reference" / "database.md").read_text(encoding="utf-8")
ANSWERS = re.findall(r"^### ([^\n]+)\n```sql\n((?:[^`\n]+\n)+)```\n\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
HELP = "bring it up to date: python docs/generate_database.py"


@cache
def generator() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "generate_database.py"))


def test_the_page_is_in_step_with_the_schema() -> None:
    assert generator()["page"]() == PAGE, HELP


def test_the_metadata_for_datasette_is_in_step_with_the_schema() -> None:
    assert generator()["metadata"]() == (DOCS / "datasette.yaml").read_text(encoding="utf-8"), HELP


def test_the_page_explains_every_table_and_view() -> None:
    explained = re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)
    assert sorted(explained) == sorted([*VIEWS, *read_tables()])


def test_the_page_says_how_long_the_rows_of_each_table_of_syncd_are_kept() -> None:
    kept = PAGE.split("| rows | kept |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| .*", kept, re.MULTILINE))
    for name in read_tables():
        if name.startswith("syncd_"):
            assert f"`{name}`" in kept


def test_the_page_answers_six_questions() -> None:
    assert len(ANSWERS) == 6
    assert all(answer.count("\n") > 2 for _, _, answer in ANSWERS)


@pytest.mark.parametrize(("query", "answer"), [one[1:] for one in ANSWERS], ids=[one[0] for one in ANSWERS])
def test_both_databases_give_the_answer_of_the_page(url: str, query: str, answer: str) -> None:
    with closing(open_database(url, create=True)) as database:
        fill_demo(Store(database, "demo"))
        with database.read() as connection:
            result = connection.exec_driver_sql(
                query.strip().removesuffix(";"), execution_options={"no_parameters": True}
            )
            names, rows = list(result.keys()), [tuple(map(_to_text, row)) for row in result]
    shown = [tuple(cell.strip() for cell in line.strip("| \n").split(" | ")) for line in answer.splitlines()]
    assert shown[0] == tuple(names)
    assert shown[2:] == rows


def test_the_full_text_index_of_each_database_answers_the_first_question(url: str) -> None:
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    (query,) = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    with closing(open_database(url, create=True)) as database:
        fill_demo(Store(database, "demo"))
        with database.read() as connection:
            rows = [tuple(row) for row in connection.exec_driver_sql(query.strip().removesuffix(";"))]
    assert rows == [("2026-06", 2)]


@pytest.mark.postgres
def test_the_reader_of_the_page_reads_all_and_writes_nothing(postgres_url: str) -> None:
    (script,) = re.findall(r"^```sql\n(CREATE ROLE.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    name = sa.make_url(postgres_url).database
    with closing(open_database(postgres_url, create=True)) as database:
        fill_demo(Store(database, "demo"))
        with database.write() as connection:
            connection.exec_driver_sql("DROP ROLE IF EXISTS syncd_reader")
            for statement in script.replace("DATABASE syncd", f"DATABASE {name}").strip().split("\n"):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql("CREATE TABLE later (id integer)")
    try:
        _read_as_the_reader(postgres_url)
    finally:
        with closing(open_database(postgres_url, create=True)) as database, database.write() as connection:
            connection.exec_driver_sql("DROP OWNED BY syncd_reader")
            connection.exec_driver_sql("DROP ROLE syncd_reader")


def _read_as_the_reader(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(username="syncd_reader").render_as_string(hide_password=False)
    with closing(open_database(url, create=False)) as database:
        with database.read() as connection:
            for relation in (*VIEWS, *read_tables(), "later"):
                connection.execute(sa.select(sa.text("*")).select_from(sa.table(relation))).all()
            with pytest.raises(DBAPIError, match=r"read-only|permission denied"):
                connection.exec_driver_sql("DELETE FROM entry")
        assert len(list(Store(database, "demo").digests())) == 9


def _to_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    return str(float(value)) if isinstance(value, Decimal) else str(value)
