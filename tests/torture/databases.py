"""The two databases of an archive that is struck: each is brought back to how the scenario begins, and read afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from syncd.archive.sql import paper_hashes
from tests.support.postgres_server import create_postgres_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import CursorResult

    Tables = dict[str, dict[str, list[str]]]
    """The values of each column, by table. The rows of a table are sorted."""
    Copy = Callable[[str], None]
    """Copies the database that the configuration names to a URL."""

_NUMBERS = frozenset({("author", "id"), ("syncd_event", "id"), ("syncd_history", "id"), ("paper", "rows_hash")})
"""Columns of numbers that a database hands out, and of a hash over rows that have one.

PostgreSQL does not take a number back with its transaction: a kill leaves a gap, which is no difference of the data.
Authors are compared by name. The hash of each paper must be that of its rows.
"""
_NAMES_OF_PAPERS = "SELECT paper_id, position, name FROM paper_author LEFT JOIN author ON author.id = author_id"
_UNCOMPARED = (
    "alembic_version", "syncd_request", "syncd_pool", "syncd_rest", "sqlite_", "syncd_search", "syncd_author_search_data",
    "syncd_author_search_idx",
)  # fmt: skip
"""Tables of requests, whose rows tell of the disturbance itself, the index of the search, which is compared as entries, and
the parts of the index of authors, of which there are more where it was written to more often."""


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
        return (
            _read(f"sqlite:///{file}", "SELECT name FROM sqlite_master WHERE type = 'table'") if file.is_file() else {}
        )


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
        return _read(f"{self._server}/{self._name}", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


def _read(url: str, names: str) -> Tables:
    """Return the compared values, and under an own name the papers whose rows are not as recorded. `names` lists tables."""
    engine, tables = create_engine(url, poolclass=NullPool), {}
    with engine.connect() as connection:
        listed = sorted(name for (name,) in connection.exec_driver_sql(names) if not name.startswith(_UNCOMPARED))
        for name in listed:
            query = _NAMES_OF_PAPERS if name == "paper_author" else f"SELECT * FROM {name}"  # noqa: S608  a table of the schema
            tables[name] = _sort_columns(name, connection.exec_driver_sql(query))
        if "paper" in listed:
            tables["papers not as recorded"] = {"id": [str(one) for one in paper_hashes.list_odd(connection, "", None)]}
    return tables


def _sort_columns(name: str, found: CursorResult[Any]) -> dict[str, list[str]]:
    columns = list(found.keys())
    rows = sorted(tuple(map(repr, row)) for row in found)
    return {column: [row[at] for row in rows] for at, column in enumerate(columns) if (name, column) not in _NUMBERS}
