"""How many rows are handed to a PostgreSQL server at once: by COPY, or with one array for each column.

A row of its own takes a server longer than both, as it begins a statement for each. It must not name a table of the archive.

| rows | how | an entry, client and server |
|---|---|---|
| new | COPY | 19 µs |
| that may be held already | INSERT ... SELECT FROM unnest(...) ON CONFLICT | 22 µs |
| one after the other (before) | executemany | 53 µs |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.dialects import postgresql

_COPY = "COPY "


def write_copy(table: sa.Table, names: Sequence[str]) -> str:
    """Return the COPY that adds rows with these columns. It is executed with a list of rows, see `send_rows`."""
    return f"{_COPY}{table.name} ({', '.join(names)}) FROM STDIN"


def send_rows(cursor: Any, statement: str, rows: Iterable[Sequence[Any]], _context: object) -> bool:
    """Send the rows of a COPY, and return whether the statement is one. It is what the engine calls to execute many rows."""
    if not statement.startswith(_COPY):
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True


def take_columns(statement: postgresql.Insert, table: sa.Table, names: Sequence[str]) -> postgresql.Insert:
    """Return the INSERT with its rows from one list for each column, a parameter of that name."""
    given = sa.func.unnest(*(sa.bindparam(name, type_=_make_array(table.c[name])) for name in names))
    rows = given.table_valued(*names, name="given").render_derived()
    return statement.from_select(list(names), sa.select(*rows.c))


def _make_array(column: sa.Column[Any]) -> sa.ARRAY[Any]:
    # A text that is too long must be refused. A cast to VARCHAR(32) would cut it.
    is_text = isinstance(column.type, sa.String)
    return sa.ARRAY(sa.Text() if is_text else column.type)
