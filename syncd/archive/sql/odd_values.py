"""Find stored values that no syncd writes, and that its commands cannot read. This module changes nothing.

The database itself looks, so that one such value does not hide another. A server refuses values of another type by itself, but
not times that Python cannot hold.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from syncd.archive.sql import all_tables  # noqa: F401  each table enters the collection
from syncd.archive.sql.column_types import PAPER_ID, UtcDateTime, is_no_hash, is_no_id
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.sqlite_session import IS_TEXT
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from sqlalchemy import Column, Connection, Table

    from syncd.archive.sql.database import Database

_MOMENT = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z"
_HASH_LENGTH = 64
"""Columns of this length hold a SHA-256."""
_LONGEST = 40
"""Characters of a value that are shown."""
_OF_PAPERS = frozenset({
    "author", "category", "entry", "mailing", "paper", "paper_author", "paper_category", "paper_text", "sighting", "version",
})  # fmt: skip
"""Tables whose rows are compared with their hashes by a full check. That finds an odd value, too."""
_LARGE = frozenset({"syncd_history", "syncd_replica_file", "syncd_request"})
"""Other tables that grow with the archive or with its age."""


@dataclass(frozen=True, slots=True)
class OddValue:
    """A value that cannot be understood. `row` is the key of its row in words, `count` how many rows have such a value there."""

    table: str
    column: str
    row: str
    value: str
    count: int


def find_odd_values(database: Database, *, full: bool, of_papers: bool = False) -> list[OddValue]:
    """Return one for each column with such values, by table.

    Unless `full`, large tables are left out. Those of papers and mailings are, unless `of_papers`.
    """
    looked_at = _list_tables((frozenset() if full else _LARGE) | (frozenset() if of_papers else _OF_PAPERS))
    with database.read() as connection:
        return [odd for table in _list_filled(connection, looked_at) for odd in _look_at(connection, table)]


@cache
def _list_tables(left_out: frozenset[str]) -> list[Table]:
    """Return the other tables. The library sorts them anew each time that it is asked, which takes as long as the statement."""
    return [table for table in METADATA.sorted_tables if table.name not in left_out]


def _list_filled(connection: Connection, looked_at: Sequence[Table]) -> list[Table]:
    """Return the tables that have a row. To build the search of a table takes far longer than to ask for all of them."""
    asked = ", ".join(f"EXISTS (SELECT 1 FROM {table.name})" for table in looked_at)  # noqa: S608  names of our own
    row = connection.exec_driver_sql(f"SELECT {asked}").one()
    return list(compress(looked_at, row))


class _Search(NamedTuple):
    """What is true of the odd values of each column of a table, and the statement that counts them."""

    conditions: dict[str, sa.ColumnElement[bool]]
    counts: sa.Select[*tuple[Any, ...]]


def _look_at(connection: Connection, table: Table) -> Iterator[OddValue]:
    conditions, counts = _build_search(table, connection.dialect.name)
    if not conditions:
        return
    for (column, condition), count in zip(conditions.items(), connection.execute(counts).one(), strict=True):
        if count:
            shown = (_quote(one, connection.dialect.name) for one in (*table.primary_key.columns, table.c[column]))
            *key, value = connection.execute(sa.select(*shown).where(condition).limit(1)).one()
            names = [one.name for one in table.primary_key.columns]
            row = ", ".join(f"{name} {_shorten(text)}" for name, text in zip(names, key, strict=True))
            yield OddValue(table.name, column, row, _shorten(value), count)


@cache
def _build_search(table: Table, dialect: str) -> _Search:
    """Return the search of a table. To build it takes ten times as long as to execute it on a small archive."""
    conditions = dict(_list_conditions(table, dialect))
    counts = [sa.func.count(sa.case((condition, 1))) for condition in conditions.values()]
    return _Search(conditions, sa.select(*counts).select_from(table))


def _list_conditions(table: Table, dialect: str) -> Iterator[tuple[str, sa.ColumnElement[bool]]]:
    """Yield for each column what is true of an odd value in it."""
    of_checks = dict(_list_broken_checks(table))
    for column in table.columns:
        of_type = _is_of_another_type(column) if dialect == "sqlite" else _is_beyond_python(column)
        form = _choose_form(column)
        of_form = None if form is None else form(column, dialect)
        found = [one for one in (of_type, of_form, of_checks.get(column.name)) if one is not None]
        if found:
            yield column.name, column.is_not(None) & sa.or_(*found)


def _choose_form(column: Column[Any]) -> Callable[[sa.ColumnElement[str], str], sa.ColumnElement[bool]] | None:
    """Return what tells a text that has not the form of its column, None where it may have any."""
    if column.type is PAPER_ID:
        return is_no_id
    return is_no_hash if getattr(column.type, "length", None) == _HASH_LENGTH else None


def _list_broken_checks(table: Table) -> Iterator[tuple[str, sa.ColumnElement[bool]]]:
    """Yield the checks of single columns, as what is true where they are broken."""
    for check in table.constraints:
        if isinstance(check, sa.CheckConstraint):
            words: Collection[str] = set(re.findall(r"\w+", re.sub("'[^']*'", "", str(check.sqltext))))
            named = [column.name for column in table.columns if column.name in words]
            if len(named) == 1:
                yield named[0], sa.literal_column(f"NOT ({check.sqltext})", sa.Boolean())


def _is_of_another_type(column: Column[object]) -> sa.ColumnElement[bool] | None:
    """Return what is true of a value that SQLite holds and that is none of the column's type."""
    raw = sa.type_coerce(column, sa.Text())
    kind = sa.func.typeof(raw)
    match column.type:
        case UtcDateTime():
            return (kind != "text") | sa.not_(raw.bool_op("GLOB")(_MOMENT)) | sa.func.datetime(raw).is_(None)
        case sa.Date():
            return (kind != "text") | sa.func.date(raw).is_distinct_from(raw)
        case sa.LargeBinary():
            return None
        case sa.String():
            return (kind != "text") | sa.not_(_is_decodable(raw))
        case sa.Boolean():
            return raw.not_in([sa.literal_column("0"), sa.literal_column("1")])
        case _:
            return kind != "integer"


def _is_beyond_python(column: Column[object]) -> sa.ColumnElement[bool] | None:
    """Return what is true of a time or a date that PostgreSQL holds and Python cannot: infinite, before year 1, after 9999."""
    if not isinstance(column.type, UtcDateTime | sa.Date):
        return None
    return sa.not_(
        column.between(sa.literal_column("'0001-01-01'"), sa.literal_column("'9999-12-31T23:59:59.999999Z'"))
    )


def _quote(column: Column[object], dialect: str) -> sa.ColumnElement[str]:
    """Return a value as SQL writes it, whatever its type is: 'never', 9, X'FF'."""
    if dialect != "sqlite":
        return sa.func.quote_nullable(sa.cast(column, sa.Text()))
    raw = sa.type_coerce(column, sa.Text())
    is_whole = (sa.func.typeof(raw) != "text") | _is_decodable(raw)
    return sa.case((is_whole, sa.func.quote(raw)), else_=sa.func.quote(sa.cast(raw, sa.LargeBinary())))


def _is_decodable(text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that the bytes of a text that SQLite holds are UTF-8."""
    is_text = sa.Function[bool](IS_TEXT, sa.cast(text, sa.LargeBinary()), type_=sa.Boolean())
    return is_text.is_(sa.true())


def _shorten(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
