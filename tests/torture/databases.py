"""The two databases of an archive that is struck: each is brought back to how the scenario begins, and read afterwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from tests.support.postgres_server import create_postgres_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Tables = dict[str, dict[str, list[str]]]
    """The values of each column, by table. The rows of a table are sorted."""
    Copy = Callable[[str], None]
    """Copies the database that the configuration names to a URL."""

_UNCOMPARED = ("alembic_version", "syncd_request", "syncd_pool", "syncd_rest", "sqlite_", "syncd_search")
"""Tables of requests, whose rows tell of the disturbance itself, and the index of the search, which is compared as entries."""


class ArchiveDatabase(Protocol):
    """The database of one scenario."""

    kind: str

    def keep(self, folder: Path, copy: Copy) -> None:
        """Keep how the scenario begins, which is in the SQLite file of the folder if it is there."""

    def restore(self) -> None:
        """Bring the database back to how the scenario begins. Its folder has been brought back."""

    def read_tables(self, folder: Path) -> Tables:
        """Return what is compared."""


class SqliteDatabase:
    """The file `syncd.db` of the folder, which is copied with it."""

    kind = "SQLite"

    def keep(self, folder: Path, copy: Copy) -> None:
        """Do nothing."""

    def restore(self) -> None:
        """Do nothing."""

    def read_tables(self, folder: Path) -> Tables:
        """Return what is compared. Nothing where there is no file."""
        file = folder / "syncd.db"
        if not file.is_file():
            return {}
        with closing(sqlite3.connect(file)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return _read(connection, (name for (name,) in found))


class PostgresDatabase:
    """A database of a server, which is made from a template for each strike. What a killed command left open is cut."""

    kind = "PostgreSQL"

    def __init__(self, server: str, name: str) -> None:
        self._server, self._name = server, name
        self._template = f"{name}_template"

    def keep(self, folder: Path, copy: Copy) -> None:
        """Copy the file to the template, and let the configuration name the database instead of the file."""
        create_postgres_database(self._server, self._name, "template1")
        template = create_postgres_database(self._server, self._template, "template1")
        if (folder / "syncd.db").is_file():
            copy(template)
            for file in folder.glob("syncd.db*"):
                file.unlink()
        configuration = folder / "config.toml"
        text = configuration.read_text(encoding="utf-8")
        configuration.write_text(
            text.replace(f"sqlite:///{folder}/syncd.db", f"{self._server}/{self._name}"), encoding="utf-8"
        )

    def restore(self) -> None:
        """Make the database anew from the template."""
        create_postgres_database(self._server, self._name, self._template)

    def read_tables(self, folder: Path) -> Tables:
        """Return what is compared."""
        import psycopg

        with psycopg.connect(f"{self._server}/{self._name}".replace("+psycopg", "")) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return _read(connection, (name for (name,) in found))


def _read(connection: object, names: Iterable[str]) -> Tables:
    tables = {}
    for name in sorted(names):
        if not name.startswith(_UNCOMPARED):
            found = connection.execute(f"SELECT * FROM {name}")  # type: ignore[attr-defined]  # noqa: S608  a table of the schema
            columns = [one[0] for one in found.description]
            rows = sorted(tuple(map(repr, row)) for row in found)
            tables[name] = {column: [row[at] for row in rows] for at, column in enumerate(columns)}
    return tables
