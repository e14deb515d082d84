"""Copy all rows of an archive to another database, SQLite or PostgreSQL, and prove that both hold the same.

The source is read as of one moment, so others may read and write it meanwhile. The target is written in one transaction, which
ends only when its rows were read again and have the same count and hash. A copy that was broken off leaves an empty target.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from syncd.archive.sql import all_tables, full_text, identity  # noqa: F401  each table enters the collection
from syncd.archive.sql.database import exists, open_database
from syncd.archive.sql.database_name import hide_secrets
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.serial_numbers import continue_after_rows
from syncd.core.errors import ArchiveGuard, ArchiveMissing, DatabaseError
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from syncd.archive.sql.database import Database

    Report = Callable[[str, int, int], None]
    Values = Sequence[tuple[Any, ...]]

_PAGE = 2000
_HASHES = 1 << 256
_CACHE = 64 << 10
"""KiB of memory for the pages of an SQLite target. A page that is pushed out of it too early is written more than once."""


@dataclass(frozen=True, slots=True)
class TableCopy:
    """A table that both databases hold: the number of its rows, and a hash of them in hex that ignores their order."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """What was copied. `source` and `target` are URLs without passwords, and the path of an SQLite file is absolute."""

    source: str
    target: str
    tables: tuple[TableCopy, ...]


class _RowHash:
    """The number of rows and the sum of their hashes, so that the order of the rows does not matter."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, rows: Values) -> None:
        self.rows += len(rows)
        self._sum += sum(int.from_bytes(sha256(repr(row).encode(errors="surrogatepass")).digest()) for row in rows)

    def finish(self, table: sa.Table) -> TableCopy:
        return TableCopy(table.name, self.rows, f"{self._sum % _HASHES:064x}")


def copy_database(source: str, target: str, report: Report) -> DatabaseCopy:
    """Copy the archive at the URL `source` to `target`, which is created where it is missing.

    `report` gets what is going on, how many rows are done, and how many there are. Raise ArchiveMissing without an archive at
    `source`, ArchiveGuard when `target` holds rows of syncd already, and DatabaseError when a row cannot be stored or the rows
    read again are others. Then the target stays empty.
    """
    with closing(open_database(source, create=False)) as old, old.read_snapshot() as reading:
        total = sum(_count_rows(reading, old).values())
        with closing(open_database(target, create=True)) as new, new.write() as writing:
            _prepare(writing)
            _refuse_rows(writing, new)
            indexes = _drop_search_indexes(writing)
            copied = _copy_rows(reading, writing, new, lambda done: report("copying", done, total))
            report("indexing", 0, total)
            _build_search_indexes(writing, indexes)
            continue_after_rows(writing)
            _compare(writing, new, copied, lambda done: report("comparing", done, total))
        return DatabaseCopy(_name(old), _name(new), tuple(copied))


def plan_copy(source: str, target: str) -> tuple[str, str, dict[str, int]]:
    """Return source and target as in `DatabaseCopy`, and the number of rows by table. Nothing is written.

    Raise what `copy_database` raises before it copies.
    """
    with closing(open_database(source, create=False)) as old, old.read_snapshot() as reading:
        rows = _count_rows(reading, old)
        if not exists(target):
            return _name(old), hide_secrets(make_url(target)), rows
        with closing(open_database(target, create=False)) as new, new.read() as held:
            _refuse_rows(held, new)
            return _name(old), _name(new), rows


def _name(database: Database) -> str:
    return database.name if database.file is None else f"sqlite:///{database.file.resolve()}"


def _count_rows(connection: Connection, database: Database) -> dict[str, int]:
    if identity.get(connection) is None:
        raise ArchiveMissing("the database holds no archive", path=database.name)
    counts = {table.name: sa.select(sa.func.count()).select_from(table) for table in METADATA.sorted_tables}
    return {name: connection.scalar(count) or 0 for name, count in counts.items()}


def _prepare(writing: Connection) -> None:
    if writing.dialect.name == "sqlite":
        writing.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE}")
    else:
        # A second copy waits, and then finds the rows of the first. SQLite has one writer at a time anyway.
        writing.execute(sa.text("LOCK TABLE syncd_archive IN EXCLUSIVE MODE"))


def _refuse_rows(connection: Connection, target: Database) -> None:
    """Raise ArchiveGuard when a table of the target has a row."""
    found = identity.get(connection)
    held = f"the archive {found.uuid} of {found.category}" if found else None
    for table in METADATA.sorted_tables:
        if held is None and connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            held = f"rows in {table.name}"
    if held is not None:
        raise ArchiveGuard(
            f"the target holds {held}. Name an empty database, or remove this one first", path=target.name
        )


def _drop_search_indexes(writing: Connection) -> list[str]:
    """Drop the indexes of words on a server, and return the statements that make them again, in less time than row by row."""
    if writing.dialect.name == "sqlite":
        return []
    query = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(:tables)"
    )
    found = writing.execute(
        sa.text(f"{query} AND indexdef LIKE '%USING gin%'"), {"tables": list(METADATA.tables)}
    ).all()
    for name, _ in found:
        writing.execute(sa.text(f"DROP INDEX {name}"))
    return [definition for _, definition in found]


def _build_search_indexes(writing: Connection, dropped: Sequence[str]) -> None:
    for statement in dropped:
        writing.exec_driver_sql(statement, execution_options={"no_parameters": True})
    full_text.rebuild(writing)
    if writing.dialect.name == "postgresql":
        # A server that knows nothing of the new rows yet plans badly.
        writing.execute(sa.text("ANALYZE"))


def _copy_rows(
    reading: Connection, writing: Connection, target: Database, report: Callable[[int], None]
) -> list[TableCopy]:
    done, copied = 0, []
    for table in METADATA.sorted_tables:
        hashed = _RowHash()
        with _translate_refusals(target, table, writing), _open_writer(writing, table) as write:
            # In the order of its key, a table is written from its beginning to its end.
            for page in _read_pages(reading, sa.select(*table.c).order_by(*table.primary_key)):
                hashed.add(page)
                write(page)
                done += len(page)
                report(done)
        copied.append(hashed.finish(table))
    return copied


def _compare(writing: Connection, target: Database, copied: Sequence[TableCopy], report: Callable[[int], None]) -> None:
    """Read the target again. Raise DatabaseError where a table holds other rows than the source."""
    done = 0
    for table, expected in zip(METADATA.sorted_tables, copied, strict=True):
        hashed = _RowHash()
        for page in _read_pages(writing, sa.select(*table.c)):
            hashed.add(page)
            done += len(page)
            report(done)
        if hashed.finish(table) != expected:
            detail = f"{table.name} has other rows than the source after the copy, {hashed.rows} of {expected.rows}"
            raise DatabaseError(detail, path=target.name)


def _read_pages(connection: Connection, query: sa.Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    rows = iter(connection.execute(query.execution_options(yield_per=_PAGE)))
    while page := [tuple(row) for row in islice(rows, _PAGE)]:
        yield page


@contextmanager
def _open_writer(connection: Connection, table: sa.Table) -> Iterator[Callable[[Values], None]]:
    """Return a function that inserts rows, with values in the order of the columns."""
    converters = _list_converters(connection, table)
    if connection.dialect.name == "sqlite":
        statement = str(sa.insert(table).compile(dialect=connection.dialect, column_keys=table.c.keys()))
        yield lambda rows: _insert(connection, statement, _convert(rows, converters))
        return
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.c)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
        yield lambda rows: _send(copy, _convert(rows, converters))


def _insert(connection: Connection, statement: str, rows: Values) -> None:
    connection.exec_driver_sql(statement, list(rows))


def _send(copy: Any, rows: Values) -> None:
    for row in rows:
        copy.write_row(row)


def _list_converters(connection: Connection, table: sa.Table) -> list[tuple[int, Callable[[Any], Any]]]:
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for at, column in enumerate(table.c):
        convert = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if convert is not None:
            found.append((at, convert))
    return found


def _convert(rows: Values, converters: Sequence[tuple[int, Callable[[Any], Any]]]) -> Values:
    if not converters or not rows:
        return rows
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for at, convert in converters:
        columns[at] = [convert(value) for value in columns[at]]
    return list(zip(*columns, strict=True))


@contextmanager
def _translate_refusals(target: Database, table: sa.Table, writing: Connection) -> Iterator[None]:
    # COPY raises the driver's own errors.
    driver: Any = writing.dialect.dbapi
    try:
        yield
    except driver.OperationalError as error:
        raise DatabaseError(" ".join(str(error).split()), path=target.name, passing=True) from error
    except (sa.exc.IntegrityError, sa.exc.DataError, driver.Error) as error:
        # Only a source that is damaged holds rows that the tables of the target refuse.
        said = " ".join(str(getattr(error, "orig", error)).split())
        detail = f"the target refuses rows of {table.name}: {said}. To examine the source, run: syncd check --full"
        raise DatabaseError(detail, path=target.name) from error
