"""INSERT statements that both databases know: what ON CONFLICT says, and how many rows are handed over at once.

It must not name a table of the archive.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    Upsert = sqlite.Insert | postgresql.Insert
    RowCondition = Callable[[Any], sa.ColumnElement[bool]]


def upsert(
    connection: Connection,
    table: sa.Table,
    *columns: str,
    only_if: RowCondition | None = None,
) -> Upsert:
    """Return an INSERT that replaces the row of the same primary key where one of `columns` differs. None means all columns.

    `only_if` gets the new row and returns the condition under which it replaces the old one. It is called once, so that it should
    be the same function each time.
    """
    return _build_upsert(connection.dialect.name, table, columns, only_if)


# To build one takes longer than SQLite needs to execute it.
@lru_cache(maxsize=64)
def _build_upsert(dialect: str, table: sa.Table, columns: tuple[str, ...], only_if: RowCondition | None) -> Upsert:
    statement = _insert(dialect, table)
    taken = columns or tuple(column.name for column in table.columns if not column.primary_key)
    new = {name: statement.excluded[name] for name in taken}
    where = sa.or_(*(table.c[name].is_distinct_from(value) for name, value in new.items()))
    if only_if is not None:
        where = sa.and_(where, only_if(statement.excluded))
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=new, where=where)


def insert_missing(connection: Connection, table: sa.Table) -> Upsert:
    """Return an INSERT that changes nothing where a row with the same unique key exists."""
    return build_insert(connection, table).on_conflict_do_nothing()


def build_insert(connection: Connection, table: sa.Table) -> Upsert:
    """Return an INSERT in the dialect of the connection, which has ON CONFLICT."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: sa.Table) -> Upsert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def execute_many(connection: Connection, statement: Upsert, table: sa.Table, values: list[dict[str, Any]]) -> None:
    """Execute the statement for many rows directly with the driver. SQLAlchemy takes longer to prepare them than SQLite."""
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(values[0]))
    for name in values[0]:
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            _convert_column(values, name, process)
    rows: Any = list(map(itemgetter(*compiled.positiontup), values)) if compiled.positiontup else values
    connection.exec_driver_sql(compiled.string, rows)


def _convert_column(values: list[dict[str, Any]], name: str, process: Callable[[Any], Any]) -> None:
    # Rows next to each other often have the same date.
    given = made = None
    for one in values:
        if one[name] != given:
            given = one[name]
            made = process(given)
        one[name] = made
