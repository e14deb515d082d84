"""Statements about papers and names of authors whose rows were changed behind syncd's back: find them, and forget what they say.

No transaction begins or ends here. A text with which a mailing announced a paper is never forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, null, select, update

from syncd.archive.sql import paper_hashes
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.statements import upsert
from syncd.archive.sql.tables import (
    AUTHOR,
    CATEGORY,
    ENTRY,
    PAPER,
    PAPER_AUTHOR,
    PAPER_CATEGORY,
    PAPER_TEXT,
    SIGHTING,
    VERSION,
)
from syncd.core.model import PaperId

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

_PAGE = 1000
"""Papers or names whose rows are in memory at once."""
_FACTS = {column.name: null() for column in PAPER.c if column.name != "id"}


def list_page(connection: Connection, after: str) -> tuple[list[PaperId], str | None]:
    """Return those of the next papers after the id `after` that are not as recorded, and the last id looked at.

    The last id is None at the end.
    """
    ids = connection.scalars(select(PAPER.c.id).where(PAPER.c.id > after).order_by(PAPER.c.id).limit(_PAGE)).all()
    last = ids[-1] if len(ids) == _PAGE else None
    return paper_hashes.list_odd(connection, after, last), last


def list_authors(connection: Connection) -> list[tuple[int, str]]:
    """Return number and name of each name of authors whose row is not as recorded. The name is empty where the row is gone."""
    columns = (AUTHOR.c.id, AUTHOR.c.rows_hash, AUTHOR.c.name, AUTHOR.c.forenames, AUTHOR.c.key_name)
    rows = connection.execute(select(*columns).order_by(AUTHOR.c.id).execution_options(yield_per=_PAGE))
    hashed = ((number, name, made, paper_hashes.hash_author(name, *parts)) for number, made, name, *parts in rows)
    odd = [(number, name) for number, name, recorded, made in hashed if recorded != made]
    is_held = select(AUTHOR.c.id).where(AUTHOR.c.id == PAPER_AUTHOR.c.author_id).exists()
    gone = connection.scalars(select(PAPER_AUTHOR.c.author_id).distinct().where(~is_held))
    return odd + [(number, "") for number in gone]


def list_categories(connection: Connection) -> list[str]:
    """Return the categories whose row names another archive than their code, or is gone."""
    rows = connection.execute(select(CATEGORY.c.code, CATEGORY.c.archive).order_by(CATEGORY.c.code))
    odd = [code for code, archive in rows if archive != code.partition(".")[0]]
    is_held = select(CATEGORY.c.code).where(CATEGORY.c.code == PAPER_CATEGORY.c.category).exists()
    return odd + list(connection.scalars(select(PAPER_CATEGORY.c.category).distinct().where(~is_held)))


def forget(connection: Connection, papers: Collection[PaperId]) -> None:
    """Forget what sources stated of these papers, and their texts that no mailing announced. Their entries stay.

    A paper without an entry is removed. The index of the search must be built anew afterwards.
    """
    connection.execute(update(PAPER).where(is_listed(PAPER.c.id, papers)).values(_FACTS))
    for table in (VERSION, PAPER_AUTHOR, PAPER_CATEGORY, SIGHTING):
        connection.execute(delete(table).where(is_listed(table.c.paper_id, papers)))
    is_announced = (ENTRY.c.paper_id == PAPER_TEXT.c.paper_id) & (ENTRY.c.text_number == PAPER_TEXT.c.number)
    unused = is_listed(PAPER_TEXT.c.paper_id, papers) & ~select(ENTRY.c.id).where(is_announced).exists()
    connection.execute(delete(PAPER_TEXT).where(unused))
    has_entry = select(ENTRY.c.id).where(ENTRY.c.paper_id == PAPER.c.id).exists()
    connection.execute(delete(PAPER).where(is_listed(PAPER.c.id, papers), ~has_entry))
    paper_hashes.record(connection, papers)
    _add_missing(connection)


def forget_authors(connection: Connection, numbers: Collection[int]) -> list[PaperId]:
    """Remove these names of authors, and forget who wrote the papers that have them. Return those papers.

    Their other rows must be as recorded.
    """
    papers: set[PaperId] = set()
    for number in numbers:
        has_author = PAPER_AUTHOR.c.author_id == number
        papers.update(map(PaperId, connection.scalars(select(PAPER_AUTHOR.c.paper_id).where(has_author))))
    connection.execute(delete(PAPER_AUTHOR).where(is_listed(PAPER_AUTHOR.c.paper_id, papers)))
    connection.execute(update(PAPER).where(is_listed(PAPER.c.id, papers)).values(author_count=None))
    paper_hashes.record(connection, papers)
    for number in numbers:
        connection.execute(delete(AUTHOR).where(AUTHOR.c.id == number))
    return sorted(papers)


def correct_categories(connection: Connection) -> int:
    """Give each category the archive that its code names. Return the number of those that had another one, or were gone."""
    odd = list_categories(connection)
    if odd:
        rows = [{"code": code, "archive": code.partition(".")[0]} for code in odd]
        connection.execute(upsert(connection, CATEGORY), rows)
    return len(odd)


def list_stated(connection: Connection, papers: Collection[PaperId]) -> set[PaperId]:
    """Return those of the papers of which a source has stated something. A paper with a version and no row counts, too."""
    has_source = select(PAPER.c.id).where(is_listed(PAPER.c.id, papers), PAPER.c.source.is_not(None))
    is_held = select(PAPER.c.id).where(PAPER.c.id == VERSION.c.paper_id).exists()
    has_version = select(VERSION.c.paper_id).where(is_listed(VERSION.c.paper_id, papers), ~is_held)
    return set(map(PaperId, (*connection.scalars(has_source), *connection.scalars(has_version))))


def _add_missing(connection: Connection) -> None:
    """Add the papers of entries whose row is gone."""
    is_held = select(PAPER.c.id).where(PAPER.c.id == ENTRY.c.paper_id).exists()
    gone = list(map(PaperId, connection.scalars(select(ENTRY.c.paper_id).distinct().where(~is_held))))
    if gone:
        paper_hashes.add_papers(connection, gone)
