"""INSERT statements that both databases know, how many rows are handed over at once, and the parameters of queries.

It must not name a table of the archive. A statement is built once in a process: to build one, and SQLAlchemy's key of it, takes
five times as long as SQLite needs to execute it.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from syncd.archive.sql.server_rows import take_columns, write_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.engine import Dialect

    Upsert = sqlite.Insert | postgresql.Insert
    RowCondition = Callable[[Any], sa.ColumnElement[bool]]

DAY: sa.BindParameter[Any] = sa.bindparam("day")
SINCE: sa.BindParameter[Any] = sa.bindparam("since")
UNTIL: sa.BindParameter[Any] = sa.bindparam("until")
"""Parameters of queries: a day, and the first and the last one of a range."""


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


@lru_cache(maxsize=64)
def _build_upsert(dialect: str, table: sa.Table, columns: tuple[str, ...], only_if: RowCondition | None) -> Upsert:
    statement = build_insert(dialect, table)
    taken = columns or tuple(column.name for column in table.columns if not column.primary_key)
    new = {name: statement.excluded[name] for name in taken}
    where = sa.or_(*(table.c[name].is_distinct_from(value) for name, value in new.items()))
    if only_if is not None:
        where = sa.and_(where, only_if(statement.excluded))
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=new, where=where)


def insert_missing(connection: Connection, table: sa.Table, returned: sa.Column[Any] | None = None) -> Upsert:
    """Return an INSERT that changes nothing where a row with the same unique key exists.

    It gives the column `returned` of each row that it adds.
    """
    return _build_insert_missing(connection.dialect.name, table, returned)


@lru_cache(maxsize=64)
def _build_insert_missing(dialect: str, table: sa.Table, returned: sa.Column[Any] | None) -> Upsert:
    statement = build_insert(dialect, table).on_conflict_do_nothing()
    return statement if returned is None else statement.returning(returned)  # type: ignore[return-value]


@lru_cache(maxsize=64)
def build_insert(dialect: str, table: sa.Table) -> Upsert:
    """Return an INSERT in this dialect, which has ON CONFLICT."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    # With it come six drivers, which take a tenth of the start of a command.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def execute_many(connection: Connection, statement: Upsert, table: sa.Table, values: list[dict[str, Any]]) -> None:
    """Execute the statement for many rows directly with the driver. SQLAlchemy takes longer to prepare them than SQLite.

    It is compiled once in a process, so it must be the same object each time.
    """
    names = tuple(values[0])
    how = _choose(connection, statement, table, values)
    key = (how, statement, names)
    prepared = _PREPARED.get(key)
    if prepared is None:
        prepared = _PREPARED[key] = _prepare(connection.dialect, statement, table, names, how)
    for name, process in prepared.processors:
        _convert_column(values, name, process)
    rows: Any = values if prepared.pick is None else list(map(prepared.pick, values))
    if how == _BY_COLUMN:
        rows = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    connection.exec_driver_sql(prepared.sql, rows)


def _choose(connection: Connection, statement: Upsert, table: sa.Table, values: Sequence[dict[str, Any]]) -> str:
    """Return how many rows are written at once: one by one, as a server takes one row and SQLite any number, or all of them."""
    if connection.dialect.name == "sqlite" or len(values) == 1:
        return connection.dialect.name
    if statement is build_insert("postgresql", table):
        return _COPIED
    # One statement cannot change a row twice.
    key = [column.name for column in table.primary_key]
    is_upsert = statement is not _build_insert_missing("postgresql", table, None)
    if is_upsert and len({tuple(map(row.__getitem__, key)) for row in values}) < len(values):
        return connection.dialect.name
    return _BY_COLUMN


class _Prepared(NamedTuple):
    """The SQL of a statement, what converts the values of its columns, and what puts the values of a row into its order."""

    sql: str
    processors: list[tuple[str, Callable[[Any], Any]]]
    pick: Callable[[Any], Any] | None


_COPIED, _BY_COLUMN = "COPY", "by column"
_PREPARED: dict[tuple[str, Upsert, tuple[str, ...]], _Prepared] = {}


def _prepare(dialect: Dialect, statement: Upsert, table: sa.Table, names: tuple[str, ...], how: str) -> _Prepared:
    processors = ((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names)
    order: Sequence[str] | None = names
    if how == _COPIED:
        sql = write_copy(table, names)
    else:
        whole = take_columns(statement, table, names) if how == _BY_COLUMN else statement  # type: ignore[arg-type]
        compiled = whole.compile(dialect=dialect, column_keys=list(names))
        sql = compiled.string
        order = names if how == _BY_COLUMN else compiled.positiontup
    pick: Callable[[Any], Any] | None = itemgetter(*order) if order else None
    if order and len(order) == 1:
        only = order[0]
        pick = lambda row: (row[only],)  # noqa: E731  itemgetter of one name gives no tuple
    return _Prepared(sql, [(name, one) for name, one in processors if one is not None], pick)


def _convert_column(values: list[dict[str, Any]], name: str, process: Callable[[Any], Any]) -> None:
    # Rows next to each other often have the same date.
    given = made = None
    for one in values:
        if one[name] != given:
            given = one[name]
            made = process(given)
        one[name] = made
