"""Statements about the authors and the categories of papers, as of their newest metadata. No transaction begins here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select

from syncd.archive.sql import full_text, paper_hashes
from syncd.archive.sql.listed_ids import is_listed
from syncd.archive.sql.statements import build_insert, execute_many, insert_missing
from syncd.archive.sql.tables import AUTHOR, CATEGORY, PAPER_AUTHOR, PAPER_CATEGORY
from syncd.core.categories import to_canonical_category
from syncd.core.model import Author, PaperId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection


_Names = tuple[int, ...]
_Categories = tuple[tuple[str, bool], ...]
_OF_PAPERS = is_listed(PAPER_AUTHOR.c.paper_id)
_IN_ORDER = (PAPER_AUTHOR.c.paper_id, PAPER_AUTHOR.c.position)
_AUTHORS = (
    select(PAPER_AUTHOR.c.paper_id, AUTHOR.c.name, AUTHOR.c.forenames, AUTHOR.c.key_name)
    .join(AUTHOR, AUTHOR.c.id == PAPER_AUTHOR.c.author_id)
    .where(_OF_PAPERS)
    .order_by(*_IN_ORDER)
)
_NAMES = (
    select(PAPER_AUTHOR.c.paper_id, AUTHOR.c.name)
    .join(AUTHOR, AUTHOR.c.id == PAPER_AUTHOR.c.author_id)
    .where(_OF_PAPERS)
    .order_by(*_IN_ORDER)
)
_AUTHOR_IDS = select(PAPER_AUTHOR.c.paper_id, PAPER_AUTHOR.c.author_id).where(_OF_PAPERS).order_by(*_IN_ORDER)
_NAME_IDS = select(AUTHOR.c.name, AUTHOR.c.id).where(is_listed(AUTHOR.c.name))
_HAS_CATEGORIES = is_listed(PAPER_CATEGORY.c.paper_id)
_CATEGORIES = select(PAPER_CATEGORY.c.paper_id, PAPER_CATEGORY.c.category, PAPER_CATEGORY.c.is_primary).where(
    _HAS_CATEGORIES
)


def put_authors(connection: Connection, authors: Mapping[PaperId, tuple[Author, ...]]) -> None:
    """Replace the authors of these papers where they differ. Names known already are used again."""
    ids = _put_names(connection, {one.name: one for of_paper in authors.values() for one in of_paper})
    wanted = {paper: tuple(ids[one.name] for one in of_paper) for paper, of_paper in authors.items()}
    held = _read_author_ids(connection, wanted)
    changed = [paper for paper, names in wanted.items() if names != held.get(paper, ())]
    if replaced := [paper for paper in changed if paper in held]:
        connection.execute(delete(PAPER_AUTHOR).where(_OF_PAPERS), {"ids": replaced})
    rows = [
        {"paper_id": paper, "position": position, "author_id": one}
        for paper in changed
        for position, one in enumerate(wanted[paper], 1)
    ]
    if rows:
        execute_many(connection, build_insert(connection.dialect.name, PAPER_AUTHOR), PAPER_AUTHOR, rows)


def put_categories(connection: Connection, categories: Mapping[PaperId, Sequence[str]]) -> None:
    """Replace the categories of these papers where they differ. The first is the primary. Aliases get their canonical name."""
    wanted = {paper: _mark_primary(codes) for paper, codes in categories.items()}
    held = _read_categories(connection, wanted)
    changed = [paper for paper, marked in wanted.items() if set(marked) != held.get(paper, set())]
    codes = sorted({code for paper in changed for code, _ in wanted[paper]})
    if codes:
        connection.execute(
            insert_missing(connection, CATEGORY), [{"code": code, "archive": code.partition(".")[0]} for code in codes]
        )
    rows = [
        {"paper_id": paper, "category": code, "is_primary": is_primary}
        for paper in changed
        for code, is_primary in wanted[paper]
    ]
    with full_text.index_again(connection, changed):
        if replaced := [paper for paper in changed if paper in held]:
            connection.execute(delete(PAPER_CATEGORY).where(_HAS_CATEGORIES), {"ids": replaced})
        if rows:
            execute_many(connection, build_insert(connection.dialect.name, PAPER_CATEGORY), PAPER_CATEGORY, rows)


def read_authors(connection: Connection, ids: Iterable[PaperId]) -> dict[PaperId, tuple[Author, ...]]:
    """Return the authors of these papers in order. A paper without authors is missing."""
    found: dict[PaperId, list[Author]] = {}
    for paper, name, forenames, key_name in connection.execute(_AUTHORS, {"ids": ids}):
        found.setdefault(PaperId(paper), []).append(Author(name, forenames, key_name))
    return {paper: tuple(authors) for paper, authors in found.items()}


def read_author_names(connection: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of the authors of these papers in order. A paper without authors is missing."""
    found: dict[str, list[str]] = {}
    for paper, name in connection.execute(_NAMES, {"ids": ids}).all():
        found.setdefault(paper, []).append(name)
    return found


def _put_names(connection: Connection, authors: Mapping[str, Author]) -> dict[str, int]:
    """Return the numbers of these names, which are added where they are new."""
    ids = _read_name_ids(connection, authors)
    if new := [name for name in authors if name not in ids]:
        execute_many(connection, insert_missing(connection, AUTHOR), AUTHOR, [_to_row(authors[name]) for name in new])
        full_text.add_authors(connection)
        ids |= _read_name_ids(connection, new)
    # A source that states the parts of a name adds them to the names of those that state one text.
    split = [_to_row(one) for one in authors.values() if one.key_name is not None]
    if split:
        statement = _build_upsert_of_parts(connection.dialect.name)
        paper_hashes.record_authors(connection, connection.execute(statement, split).all())
    return ids


@lru_cache
def _build_upsert_of_parts(dialect: str) -> Any:
    """Return an INSERT that adds the parts of a name to its row. It returns the rows that it changed."""
    statement = build_insert(dialect, AUTHOR)
    parts = {name: func.coalesce(statement.excluded[name], AUTHOR.c[name]) for name in ("forenames", "key_name")}
    differs = or_(*(AUTHOR.c[name].is_distinct_from(value) for name, value in parts.items()))
    update = statement.on_conflict_do_update(index_elements=["name"], set_=parts, where=differs)
    return update.returning(AUTHOR.c.id, AUTHOR.c.name, AUTHOR.c.forenames, AUTHOR.c.key_name)


def _to_row(author: Author) -> dict[str, str | int | None]:
    parts = author.forenames, author.key_name
    made = paper_hashes.hash_author(author.name, *parts)
    return {"name": author.name, "forenames": parts[0], "key_name": parts[1], "rows_hash": made}


def _read_name_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    return {name: number for name, number in connection.execute(_NAME_IDS, {"ids": names})}  # noqa: C416  rows are no pairs for mypy


def _read_author_ids(connection: Connection, ids: Iterable[PaperId]) -> dict[PaperId, _Names]:
    found: dict[PaperId, list[int]] = {}
    for paper, author in connection.execute(_AUTHOR_IDS, {"ids": ids}):
        found.setdefault(PaperId(paper), []).append(author)
    return {paper: tuple(authors) for paper, authors in found.items()}


def _mark_primary(codes: Sequence[str]) -> _Categories:
    canonical = dict.fromkeys(map(to_canonical_category, codes))
    return tuple((code, at == 0) for at, code in enumerate(canonical))


def _read_categories(connection: Connection, ids: Iterable[PaperId]) -> dict[PaperId, set[tuple[str, bool]]]:
    found: dict[PaperId, set[tuple[str, bool]]] = {}
    for paper, code, is_primary in connection.execute(_CATEGORIES, {"ids": ids}):
        found.setdefault(PaperId(paper), set()).add((code, is_primary))
    return found
