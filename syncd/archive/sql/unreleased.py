"""Databases that were made before the first release: how they are recognised, and how their rows are carried over.

Their tables had no prefix, each text was stored with every entry, and a paper from a listing counted as version 1. This module
can go once no such database is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.sql import (
    current_facts,
    daemon_tables,
    full_text,
    harvest_tables,
    ledger_tables,
    paper_hashes,
    service_tables,
    stored_mailings,
    tables,
    texts,
)
from syncd.archive.sql.column_types import UtcDateTime
from syncd.archive.sql.current_facts import Facts
from syncd.archive.sql.entry_ids import make_entry_id
from syncd.archive.sql.serial_numbers import continue_after_rows
from syncd.archive.sql.statements import insert_missing
from syncd.archive.sql.texts import Text
from syncd.core.model import NOT_STATED, PaperId, Paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    Row = dict[str, Any]
    Report = Callable[[int, int], None]

_PAGE = 2500
_ASIDE = "syncd_unreleased_"
_LISTINGS = ("new", "catchup", "page")
_MOMENT = sa.DateTime(timezone=True)
# The old name of each table whose columns stayed the same. A row comes after those to which it refers.
_SAME_COLUMNS = (
    ("archive", service_tables.ARCHIVE),
    ("finding", service_tables.FINDING),
    ("history", service_tables.HISTORY),
    ("accepted", service_tables.ACCEPTED),
    ("replica", service_tables.REPLICA),
    ("replica_file", service_tables.REPLICA_FILE),
    ("memory", daemon_tables.MEMORY),
    ("told", daemon_tables.REPORTED_PROBLEM),
    ("reported_problem", daemon_tables.REPORTED_PROBLEM),
    ("note", daemon_tables.EVENT),
    ("published", daemon_tables.PUBLISHED),
    ("pool", ledger_tables.POOL),
    ("rest", ledger_tables.REST),
    ("request", ledger_tables.REQUEST),
    ("harvest", harvest_tables.HARVEST),
)
# Each table comes before those to which it refers.
_OLD_TABLES = (
    "entry", "mailing", "version", "paper", "replica_file", *(name for name, _ in _SAME_COLUMNS if name != "replica_file"),
    "alembic_version",
)  # fmt: skip


def carry_over(connection: Connection, make_schema: Callable[[], None], report: Report) -> None:
    """Replace the old tables by the schema that `make_schema` makes, with all their rows, in the open transaction.

    `report` gets how many of the old rows were read, and how many there are.
    """
    found = _set_aside(connection)
    old = _OldRows(connection, report, _count_rows(connection, found))
    make_schema()
    for name, table in _SAME_COLUMNS:
        if name in found:
            _carry_rows(old, name, table)
    not_hashed = {"rows_sha256": "0" * 64}
    _carry_rows(old, "mailing", tables.MAILING, {"new_submissions": "new", "cross_lists": "cross"}, not_hashed)
    _carry_entries(old)
    stored_mailings.hash_all(connection)
    _carry_papers(old)
    _carry_versions(old)
    paper_hashes.record_all(connection)
    full_text.rebuild(connection)
    for name in found:
        connection.execute(sa.text(f"DROP TABLE {_ASIDE}{name}"))
    continue_after_rows(connection)


@dataclass(slots=True)
class _OldRows:
    """The rows of the old tables, and how many of them were read."""

    connection: Connection
    report: Report
    total: int
    done: int = 0

    def read_pages(self, name: str, columns: Sequence[sa.Column[Any]], *order: str) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of an old table, some in memory, with times in UTC."""
        table = sa.Table(f"{_ASIDE}{name}", sa.MetaData(), *columns)
        wanted = sa.select(*table.c).order_by(*(table.c[one] for one in order))
        moments = [at for at, column in enumerate(columns) if column.type is _MOMENT]
        rows = iter(self.connection.execute(wanted.execution_options(yield_per=_PAGE)))
        while page := [_with_zone(row, moments) for row in islice(rows, _PAGE)]:
            yield page
            self.done += len(page)
            self.report(self.done, self.total)


def _count_rows(connection: Connection, found: Sequence[str]) -> int:
    """Return the number of rows of the tables that were set aside, as far as they are carried over."""
    count = sa.select(sa.func.count())
    names = (name for name in found if name != "alembic_version")
    return sum(connection.scalar(count.select_from(sa.table(f"{_ASIDE}{name}"))) or 0 for name in names)


def _set_aside(connection: Connection) -> list[str]:
    """Rename the old tables and drop their indexes, whose names the new ones need. Return the old names of the tables."""
    held = sa.inspect(connection)
    names = set(held.get_table_names())
    found = [name for name in _OLD_TABLES if name in names]
    if "search" in names:
        connection.execute(sa.text("DROP TABLE search"))
    for name in found:
        # Indexes of keys on a server belong to their constraint.
        for index in held.get_indexes(name):
            if not index.get("duplicates_constraint"):
                connection.execute(sa.text(f"DROP INDEX {index['name']}"))
        connection.execute(sa.text(f"ALTER TABLE {name} RENAME TO {_ASIDE}{name}"))
    if connection.dialect.name == "postgresql":
        _rename_keys(connection, found)
    return found


def _rename_keys(connection: Connection, found: Sequence[str]) -> None:
    # On PostgreSQL a key keeps its name when its table is renamed, and no two in a schema may have the same.
    held = sa.inspect(connection)
    for name in found:
        table = f"{_ASIDE}{name}"
        keys = [held.get_pk_constraint(table), *held.get_unique_constraints(table)]
        for key in (key["name"] for key in keys if key["name"]):
            connection.execute(sa.text(f"ALTER TABLE {table} RENAME CONSTRAINT {key} TO {_ASIDE}{key}"))


def _carry_rows(
    old: _OldRows, name: str, table: sa.Table, old_names: dict[str, str] | None = None, more: Row | None = None
) -> None:
    """Insert the rows of the old table with the values `more`. Other columns that it has not got yet stay empty."""
    held = {column["name"] for column in sa.inspect(old.connection).get_columns(f"{_ASIDE}{name}")}
    pairs = [(column, (old_names or {}).get(column.name, column.name)) for column in table.c]
    columns = {column.name: sa.Column(old, _to_old_type(column)) for column, old in pairs if old in held}
    for page in old.read_pages(name, list(columns.values())):
        values = [dict(zip(columns, row, strict=True)) | (more or {}) for row in page]
        old.connection.execute(sa.insert(table), values)


def _carry_entries(old: _OldRows) -> None:
    connection = old.connection
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("day", sa.Date),
        *(sa.Column(one) for one in ("number", "paper_id", "section", "title", "abstract", "version", "placed")),
    )
    for page in old.read_pages("entry", columns, "day", "number"):
        connection.execute(insert_missing(connection, tables.PAPER), [{"id": row[2]} for row in page])
        numbers = texts.put(connection, [Text(PaperId(row[2]), row[4], row[5]) for row in page])
        values = [_to_entry(row, text) for row, text in zip(page, numbers, strict=True)]
        connection.execute(sa.insert(tables.ENTRY), values)


def _to_entry(row: Sequence[Any], text: int) -> Row:
    day, number, paper, section, _, _, version, placed = row
    return {
        "id": make_entry_id(day, number),
        "day": day,
        "number": number,
        "paper_id": paper,
        "section": section,
        "version": version,
        "certainty": placed,
        "reason": None,
        "paragraphs": Paragraphs.KEPT.value,
        "text_number": text,
    }


def _carry_papers(old: _OldRows) -> None:
    columns: tuple[sa.Column[Any], ...] = (
        *(sa.Column(one) for one in ("id", "title", "abstract", "categories", "version", "source")),
        sa.Column("datestamp", sa.Date),
        sa.Column("seen", _MOMENT),
    )
    for page in old.read_pages("paper", columns, "id"):
        current_facts.put(old.connection, [_to_facts(row) for row in page], is_newer=lambda _new, _held: True)


def _to_facts(row: Sequence[Any]) -> Facts:
    paper, title, abstract, categories, version, source, datestamp, seen = row
    # A listing page does not state the version.
    stated = None if source in _LISTINGS else version
    return Facts(Text(PaperId(paper), title, abstract), categories, stated, datestamp, NOT_STATED, source, seen)


def _carry_versions(old: _OldRows) -> None:
    connection = old.connection
    columns: tuple[sa.Column[Any], ...] = (
        *(sa.Column(one) for one in ("paper_id", "number", "title", "abstract")),
        sa.Column("withdrawn", sa.Boolean),
        sa.Column("created", _MOMENT),
    )
    for page in old.read_pages("version", columns, "paper_id", "number"):
        connection.execute(insert_missing(connection, tables.PAPER), [{"id": row[0]} for row in page])
        with_text = [row for row in page if row[2] is not None]
        numbers = texts.put(connection, [Text(PaperId(row[0]), row[2], row[3] or "") for row in with_text])
        texts_of = {(row[0], row[1]): number for row, number in zip(with_text, numbers, strict=True)}
        values = [
            {"paper_id": row[0], "number": row[1], "withdrawn": row[4], "created": row[5]}
            | {"text_number": texts_of.get((row[0], row[1]))}
            for row in page
        ]
        connection.execute(sa.insert(tables.VERSION), values)


def _to_old_type(column: sa.Column[Any]) -> Any:
    return _MOMENT if isinstance(column.type, UtcDateTime) else column.type


def _with_zone(row: Sequence[Any], moments: Sequence[int]) -> tuple[Any, ...]:
    # SQLite kept a time in UTC without its zone.
    values = list(row)
    for at in moments:
        if values[at] is not None and values[at].tzinfo is None:
            values[at] = values[at].replace(tzinfo=UTC)
    return tuple(values)
