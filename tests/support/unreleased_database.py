"""Databases as they were before the first release, of each of their four revisions, with rows of every table."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("unreleased")
REVISIONS = ("0001", "0002", "0003", "0003 between two names", "0004")
"""The revisions, and the third as it was for a day after a table got its last name."""

_OLDER = {
    "0004": (),
    "0003 between two names": (),
    "0003": ('ALTER TABLE reported_problem RENAME TO "told"',),
    "0002": (
        *(f"DROP TABLE {name}" for name in ("reported_problem", "note", "published", "memory")),
        "ALTER TABLE history DROP COLUMN replica",
    ),
}
_OLDER["0001"] = (*_OLDER["0002"], "DROP TABLE search")


def read_old_rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table, as SQLite holds them."""
    found: dict[str, list[dict[str, Any]]] = json.loads((_FOLDER / "0004_rows.json").read_text(encoding="utf-8"))
    return found


def make_unreleased(url: str, revision: str = "0004") -> None:
    """Write a database of this revision to `url`, where none exists yet."""
    older = [*_OLDER[revision], f"UPDATE alembic_version SET version_num = '{revision[:4]}'"]  # noqa: S608  a constant
    if url.startswith("sqlite"):
        _make_sqlite(url.removeprefix("sqlite:///"), older)
    else:
        _make_postgresql(url.replace("+psycopg", ""), older)


def _make_sqlite(file: str, older: list[str]) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript((_FOLDER / "0004_sqlite.sql").read_text(encoding="utf-8"))
        for table, rows in read_old_rows().items():
            marks = ", ".join("?" for _ in rows[0])
            names = ", ".join(f'"{name}"' for name in rows[0])
            values = [tuple(row.values()) for row in rows]
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608  written in tests
        connection.execute("INSERT INTO search (rowid, title, abstract) VALUES (1, 'old', 'index')")
        for statement in older:
            connection.execute(statement)


def _make_postgresql(url: str, older: list[str]) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute((_FOLDER / "0004_postgresql.sql").read_bytes())
        for table, rows in _sort_by_reference(read_old_rows()).items():
            insert = f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s)"  # noqa: S608  written in tests
            connection.execute(insert.encode(), (json.dumps(rows),))
        for statement in older:
            connection.execute(statement.encode())


def _sort_by_reference(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: rows[name] for name in sorted(rows, key=lambda name: name in {"entry", "replica_file"})}
