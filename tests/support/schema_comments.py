"""The comments of tables, views and their columns, as each text of the schema has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Table

from syncd.archive.sql.all_tables import MODULES
from syncd.archive.sql.database import find_migrations
from syncd.archive.sql.schema_revision import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

VIEWS = (
    "papers",
    "papers_per_day",
    "papers_per_month",
    "authors",
    "revisions",
    "withdrawn",
    "differences",
    "coverage",
    "requests",
)
_HEAD = re.compile(r"CREATE (TABLE|VIEW) (\w+) \((?: -- (.+))?")
_COLUMN = re.compile(r'    "?([a-z_0-9]+)"?(?:,| [A-Z].*?)?(?: -- (.+))?')
_COMMENT = re.compile(r"COMMENT ON (?:TABLE|VIEW|COLUMN) ([\w.]+) IS '(.*)'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view with its meaning, and its columns with theirs. None where there is no comment."""

    name: str
    meaning: str | None
    columns: dict[str, str | None]


def read_tables() -> dict[str, Relation]:
    """Return the tables by name, as Python declares them, in the order of the reference."""
    return {
        table.name: Relation(table.name, table.comment, {column.name: column.comment for column in table.columns})
        for module in MODULES
        for table in vars(module).values()
        if isinstance(table, Table)
    }


def read_sqlite() -> dict[str, Relation]:
    """Return tables and views by name, as the SQL text of SQLite explains them. Views without comments are left out."""
    found = {}
    for statement in _list_statements("sqlite"):
        head, *lines = statement.split("\n")
        if (match := _HEAD.fullmatch(head)) is not None:
            columns = dict(_list_columns(lines))
            found[match[2]] = Relation(match[2], match[3], columns)
    return found


def read_postgresql() -> dict[str, str]:
    """Return the texts of COMMENT ON by `table` and `table.column`."""
    found = (_COMMENT.fullmatch(statement) for statement in _list_statements("postgresql"))
    return {match[1]: match[2].replace("''", "'") for match in found if match is not None}


def _list_columns(lines: list[str]) -> Iterator[tuple[str, str | None]]:
    for line in lines:
        if line.startswith(("    CONSTRAINT", ")")):
            return
        match = _COLUMN.fullmatch(line)
        assert match is not None, line
        yield match[1], match[2]


def _list_statements(dialect: str) -> Iterator[str]:
    for part in (dialect, f"{dialect}_views"):
        text = (find_migrations() / "versions" / f"{HEAD}_{part}.sql").read_text(encoding="utf-8")
        yield from (statement.removesuffix(";") for statement in text.strip().split(";\n\n"))
