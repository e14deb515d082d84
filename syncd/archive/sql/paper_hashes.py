"""A hash over all rows about a paper, so that a change behind syncd's back of what is known of it is seen.

    keep_hashes ─► is each paper as it was recorded? ─► the caller changes rows ─► new hashes, but not of papers that were odd

The rows are those of paper, paper_text, version, paper_author, paper_category and sighting. A name of an author has a hash of its
own. Both databases give the same hash of the same rows. Those of paper_author have the number of a name, not the name: two
archives with the same data may have other numbers, and so other hashes. No transaction begins or ends here.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Boolean, Integer, cast, select
from sqlalchemy.dialects import registry

from syncd.archive.sql.listed_ids import pack_texts, write_is_listed
from syncd.archive.sql.statements import insert_missing
from syncd.archive.sql.tables import AUTHOR, PAPER, PAPER_AUTHOR, PAPER_CATEGORY, PAPER_TEXT, SIGHTING, VERSION
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Table
    from sqlalchemy.engine import Dialect

    Rows = dict[str, list[Any]]
    Hashes = dict[str, int | None]

_BYTES = 4
"""Bytes of a hash. It is to show a change by hand, one in four thousand million of which it misses."""
_PAGE = 4096
"""Papers whose rows are in memory at once."""
_TABLES = (PAPER, PAPER_TEXT, VERSION, PAPER_AUTHOR, PAPER_CATEGORY, SIGHTING)
"""The tables with rows of a paper, in the order in which its hash has them. Another order changes every hash."""


class _Condition(NamedTuple):
    """Which ids are read: a pattern of SQL with places for the column and the marks, and the values for the marks."""

    sql: str
    values: tuple[Any, ...]


@contextmanager
def keep_hashes(connection: Connection, papers: Collection[PaperId]) -> Iterator[None]:
    """Record the hashes of these papers after the block, which changes their rows.

    A paper that was not as recorded before keeps its old hash: a write must not hide that its rows were changed.
    """
    pages = _split(papers)
    odd = {paper for page in pages for paper in _list_odd(*_read_held(connection, page))}
    yield
    for page in pages:
        _record(connection, page, odd)


def add_papers(connection: Connection, papers: Collection[PaperId]) -> None:
    """Add those of the papers that are not held, of which no more is known than the texts with which they were announced."""
    statement = insert_missing(connection, PAPER, PAPER.c.id)
    record(connection, list(connection.scalars(statement, [{"id": paper} for paper in dict.fromkeys(papers)])))


def list_odd(connection: Connection, after: str, last: str | None) -> list[PaperId]:
    """Return the papers with an id after `after`, up to `last` if given, that are not as recorded, ascending.

    A paper that is not held and has other rows counts as odd, too.
    """
    # An empty id, which only damage leaves, stands before all others.
    is_later, is_before = "{column} > {mark}" if after else "{column} >= {mark}", " AND {column} <= {mark}"
    condition = _Condition(is_later, (after,)) if last is None else _Condition(is_later + is_before, (after, last))
    rows, hashes = _read_papers(connection, condition)
    _add_others(connection, rows, condition)
    return sorted(_list_odd(rows, hashes))


def record(connection: Connection, papers: Iterable[PaperId]) -> None:
    """Record the hashes of these papers as their rows are now, whatever was recorded before."""
    for page in _split(papers):
        _record(connection, page)


def record_all(connection: Connection) -> None:
    """Record the hashes of all papers and names as their rows are now, where none were recorded before."""
    record(connection, [PaperId(one) for one in connection.scalars(select(PAPER.c.id))])
    columns = select(AUTHOR.c.id, AUTHOR.c.name, AUTHOR.c.forenames, AUTHOR.c.key_name)
    record_authors(connection, connection.execute(columns).all())


def hash_author(name: str, forenames: str | None, key_name: str | None) -> int:
    """Return the hash of a name of authors and its parts."""
    return _hash([name, forenames, key_name])


def record_authors(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Record the hashes of names of authors. Each row is number, name, forenames and key name."""
    values = [(hash_author(*parts), number) for number, *parts in rows]
    if values:
        _update(connection, AUTHOR, values)


def _record(connection: Connection, page: Sequence[PaperId], besides: Collection[PaperId] = ()) -> None:
    """Record the hashes of a page of papers. Those `besides` keep what was recorded."""
    rows, hashes = _read_held(connection, page)
    made = ((_hash(rows[paper]), paper) for paper in hashes if paper not in besides)
    values = [(one, paper) for one, paper in made if one != hashes[paper]]
    if values:
        _update(connection, PAPER, values)


def _update(connection: Connection, table: Table, values: list[tuple[Any, ...]]) -> None:
    """Record these hashes, each with the id of its row."""
    statement, given = f"UPDATE {table.name} SET rows_hash = ? WHERE id = ?", values  # noqa: S608  no values
    if connection.dialect.name == "postgresql":
        # A server takes three times as long to change the rows one by one.
        column = "bigint" if isinstance(table.c.id.type, Integer) else "text"
        statement = (
            f"UPDATE {table.name} SET rows_hash = given.hash FROM unnest(%s::int[], %s::{column}[]) AS given (hash, id) "  # noqa: S608  no values
            f"WHERE {table.name}.id = given.id"
        )
        given = [tuple(map(list, zip(*values, strict=True)))]
    connection.exec_driver_sql(statement, given)


def _split(papers: Iterable[PaperId]) -> list[list[PaperId]]:
    ids = list(dict.fromkeys(papers))
    return [ids[at : at + _PAGE] for at in range(0, len(ids), _PAGE)]


def _list_odd(rows: Rows, hashes: Hashes) -> Iterator[PaperId]:
    yield from (PaperId(paper) for paper, of_paper in rows.items() if hashes.get(paper) != _hash(of_paper))


def _read_held(connection: Connection, papers: Sequence[PaperId]) -> tuple[Rows, Hashes]:
    """Return the rows of those of the papers that are held, which may be none, and their recorded hashes."""
    listed = write_is_listed("{column}", "{mark}", connection.dialect.name)
    condition = _Condition(listed, (pack_texts(papers, connection.dialect),))
    rows, hashes = _read_papers(connection, condition)
    if hashes:
        _add_others(connection, rows, condition)
    return rows, hashes


def _read_papers(connection: Connection, condition: _Condition) -> tuple[Rows, Hashes]:
    found = _fetch(connection, PAPER, condition)
    return {row[0]: [row[1:-1]] for row in found}, {row[0]: row[-1] for row in found}


def _add_others(connection: Connection, rows: Rows, condition: _Condition) -> None:
    for table in _TABLES[1:]:
        for row in _fetch(connection, table, condition):
            of_paper = rows.get(row[0])
            if of_paper is None:
                of_paper = rows[row[0]] = []
            of_paper.append(row)


def _fetch(connection: Connection, table: Table, condition: _Condition) -> Any:
    """Return rows as the driver has them. SQLAlchemy would take as long again, and fail at damaged ones."""
    query, column = _write_query(table, connection.dialect.name)
    within = condition.sql.format(column=column, mark=_mark(connection.dialect))
    found = connection.exec_driver_sql(query.format(within), condition.values)
    return found.cursor.fetchall()


@cache
def _write_query(table: Table, dialect: str) -> tuple[str, str]:
    """Return the query of all columns of a table with a place for its condition, and the name of the column with the id."""
    columns: list[ColumnElement[Any]] = [
        cast(one, Integer) if isinstance(one.type, Boolean) else one for one in table.c
    ]
    query = select(*columns).order_by(*table.primary_key)
    head, order, rest = str(query.compile(dialect=registry.load(dialect)())).partition(" ORDER BY")
    key = next(iter(table.primary_key)).name
    return f"{head} WHERE {{}}{order}{rest}", f"{table.name}.{key}"


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.name == "sqlite" else "%s"


def _hash(rows: list[Any]) -> int:
    return int.from_bytes(blake2b(_encode(rows).encode(), digest_size=_BYTES).digest(), signed=True)


def _format_value(value: object) -> str:
    """Return a moment or a date as SQLite has it. Only damaged rows have values of other types, such as bytes."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return value.isoformat() if isinstance(value, date) else repr(value)


# `json.dumps` with these arguments makes an encoder each time, which takes as long as to encode the rows of a paper.
# Rows hold no list that holds itself, and not to look for one saves a tenth.
_encode = json.JSONEncoder(default=_format_value, separators=(",", ":"), check_circular=False).encode
