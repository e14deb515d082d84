"""A small database of each revision of the schema, from the first release on: how an upgrade is tested.

A revision is its migration, which is never edited once it was released, and `schema_fixtures/REVISION.json`: rows of every
table, and the statements that built the index of the search then. `python -m tests.support.schema_fixtures` writes the file of
the newest revision.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.config import Config

from alembic import command
from syncd.archive.sql import full_text
from syncd.archive.sql.database import find_migrations, open_database, upgrade
from syncd.archive.sql.schema_revision import HEAD, VERSION_TABLE
from tests.support.recorded_archive import copy_filled_in_every_way
from tests.support.service_rows import SERVICE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    Rows = dict[str, list[dict[str, Any]]]

FOLDER = Path(__file__).with_name("schema_fixtures")
_BUILT = ("syncd_search", "syncd_author_search", "sqlite_", VERSION_TABLE)
"""How the names of tables begin that are built from others, or by the migration."""
_ANOTHER_HOST = "UPDATE syncd_replica SET host = 'a-host', root = '/srv/syncd/archive'"


def list_revisions() -> list[str]:
    """Return the revisions that have a fixture, the oldest first."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read_rows(revision: str) -> Rows:
    """Return the rows of every table, as SQLite holds them."""
    rows: Rows = _read(revision)["rows"]
    return rows


def make_database(url: str, revision: str) -> None:
    """Write the database of this revision to `url`, where none exists yet."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(find_migrations()))
            config.set_main_option("path_separator", "os")
            command.upgrade(config, revision)
            _insert(connection, read_rows(revision))
            for statement in _read(revision)["index"][connection.dialect.name]:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def _read(revision: str) -> Any:
    return json.loads((FOLDER / f"{revision}.json").read_text(encoding="utf-8"))


def _insert(connection: sa.Connection, rows: Rows) -> None:
    metadata = sa.MetaData()
    metadata.reflect(connection, only=list(rows))
    for table in metadata.sorted_tables:
        found = rows[table.name]
        if connection.dialect.name == "sqlite":
            marks = ", ".join(f":{name}" for name in found[0])
            statement = f"INSERT INTO {table.name} ({', '.join(found[0])}) VALUES ({marks})"  # noqa: S608  written in tests
            connection.execute(sa.text(statement), found)
        else:
            insert = f"INSERT INTO {table.name} SELECT * FROM json_populate_recordset(NULL::{table.name}, :rows)"  # noqa: S608
            connection.execute(sa.text(insert), {"rows": json.dumps(found)})
            _continue_numbers(connection, table)


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    if "id" in table.c and isinstance(table.c.id.type, sa.Integer):
        highest = f"SELECT max(id) FROM {table.name}"  # noqa: S608  written in tests
        found = f"pg_get_serial_sequence('{table.name}', 'id')"
        connection.exec_driver_sql(f"SELECT setval({found}, ({highest})) WHERE {found} IS NOT NULL")


def write_fixture() -> Path:
    """Write the fixture of the newest revision: a small archive whose mailings came in every way, and service rows."""
    with TemporaryDirectory(prefix="syncd-schema-") as name:
        folder = Path(name)
        copy_filled_in_every_way(folder)
        file = folder / "syncd.db"
        with closing(sqlite3.connect(file)) as connection, connection:
            for statement in (*SERVICE_ROWS, _ANOTHER_HOST):
                connection.execute(statement)
            rows = _read_sqlite(connection)
        index = {"sqlite": _list_index_statements(f"sqlite:///{file}"), "postgresql": _list_server_statements()}
    FOLDER.mkdir(exist_ok=True)
    made = FOLDER / f"{HEAD}.json"
    tables = ",\n".join(f"{json.dumps(name)}: {_format_rows(found)}" for name, found in rows.items())
    text = f'{{"index": {json.dumps(index, indent=1)},\n"rows": {{\n{tables}\n}}}}\n'
    made.write_text(text, encoding="utf-8")
    return made


def _format_rows(rows: list[dict[str, Any]]) -> str:
    """Return one row a line, so that a change can be read."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


def _read_sqlite(connection: sqlite3.Connection) -> Rows:
    connection.row_factory = sqlite3.Row
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    tables = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}  # noqa: S608  of the schema
    return {name: [dict(row) for row in rows] for name, rows in tables.items() if not name.startswith(_BUILT)}


def _list_server_statements() -> list[str]:
    # Tests register this module as a plugin, which must not be imported before.
    from tests.support.postgres_server import create_postgres_database, serve_postgres

    with serve_postgres() as server:
        if server is None:
            raise RuntimeError("a fixture needs a PostgreSQL server binary (Debian: postgresql-15)")
        url = create_postgres_database(server, "fixture", "template1")
        upgrade(url)
        return _list_index_statements(url)


def _list_index_statements(url: str) -> list[str]:
    """Return what builds the index of the search, as this version does it."""
    found: list[str] = []

    def note(*event: Any) -> None:
        found.append(event[2])

    with closing(open_database(url, create=False)) as database:
        sa.event.listen(database.engine, "before_cursor_execute", note)
        with database.write() as connection:
            full_text.rebuild(connection)
    return list(_keep_changes(found))


def _keep_changes(statements: Iterable[str]) -> Iterable[str]:
    return (one for one in statements if not one.startswith(("SELECT", "BEGIN", "PRAGMA")))


if __name__ == "__main__":
    print(write_fixture())
