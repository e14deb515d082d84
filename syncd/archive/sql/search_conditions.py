"""The conditions of a search as SQL, for the full-text index of either database and for the tables around it.

It runs no search. What concerns titles, abstracts and categories becomes one expression of FTS5 on SQLite and one tsquery on
PostgreSQL, where that can say it, and a set of ids elsewhere (inside of other conditions).
"""

from __future__ import annotations

from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.archive.sql.entry_ids import ENTRY_SPAN, make_entry_id
from syncd.archive.sql.fts5 import AUTHOR_INDEX, INDEX, format_fts5, format_name, matches
from syncd.archive.sql.tables import AUTHOR, CATEGORY, ENTRY, PAPER, PAPER_AUTHOR, PAPER_CATEGORY
from syncd.archive.sql.tsquery import (
    WORDS_INDEX,
    build_name_query,
    build_tsquery,
    is_about_text,
    is_about_words,
    join_any,
    match_any,
)
from syncd.core.query import And, AuthorName, CategoryCode, Condition, IdPattern, MailingDates, Not, Or, SectionName
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    Bool = ColumnElement[bool]

_MANY, _MANY_FOR_HUNDREDS = 2_000, 8_000
"""Papers of an author or a category, from which on the first 20 or the first few hundred are found sooner entry by entry."""
# Of a word in the title against one in the abstract as in the index of SQLite. The order is D, C, B, A.
_WEIGHTS: sa.ColumnClause[Any] = sa.literal_column("'{0, 0, 0.125, 1}'")
_SCANNED_WORDS = sa.func.coalesce(WORDS_INDEX.c.words, sa.literal_column("''"))


@dataclass(frozen=True, slots=True)
class MatchingEntries:
    """The entries that meet a condition: the column of their ids, what restricts it, and what sorts the best first.

    `dates` are those ranges in `where` that all of the entries are in. `rank` is None where there are no words to rank by. On
    PostgreSQL, `words` are the tsqueries in `where`. `papers` reads the papers of an author where all entries are of them.
    `rest` is what else there is in `where`: beside `words` on PostgreSQL, and beside `papers` on SQLite.
    """

    id: ColumnElement[int]
    where: tuple[Bool, ...]
    dates: tuple[MailingDates, ...] = ()
    rank: ColumnElement[Any] | None = None
    words: tuple[ColumnElement[Any], ...] = ()
    rest: tuple[Bool, ...] = ()
    papers: Select[str] | None = None

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Return a statement that reads these columns, or else the ids."""
        return sa.select(*(columns or (self.id,))).select_from(self.id.table).where(*self.where)

    def select_of_months(self, months: Iterable[int]) -> Select[Any]:
        """Return a statement that reads the ids of these months (YYYYMM). It is for PostgreSQL, and needs `words`."""
        wanted = (*self.words, match_any(f"#{month}" for month in months))
        return sa.select(self.id).where(*map(_contains, wanted), *self.rest)

    def select_among(self, ids: Sequence[int]) -> Select[Any]:
        """Return a statement that reads those of these ids, which are of entries of `papers`. It is for SQLite."""
        return sa.select(self.id).where(self.id.in_(ids), *self.rest)

    def select_ranked_from(self, first: int | ColumnElement[int]) -> Select[Any]:
        """Return a statement that reads the ids from `first` on and their ranks, as `select_from` does."""
        rank = sa.literal(0.0) if self.rank is None else self.rank.element
        return self.select_from(first).add_columns(rank)

    def select_from(self, first: int | ColumnElement[int]) -> Select[Any]:
        """Return a statement that reads the ids from `first` on, without the index of words, on PostgreSQL."""
        words = (_SCANNED_WORDS.op("@@", is_comparison=True)(one) for one in self.words)
        return sa.select(self.id).where(*words, *self.rest, self.id >= first)


def find_entries(
    connection: Connection,
    condition: Condition,
    *,
    whole: bool,
    hundreds: bool = False,
    within: tuple[int, int] | None = None,
) -> MatchingEntries:
    """Return the entries that meet the condition. `whole` says that all are wanted, and not the first of them or `hundreds`.

    On SQLite, `within` leaves out all but the ids from the first to the last one, also where a set of ids is read.
    """
    many = None if whole else _MANY_FOR_HUNDREDS if hundreds else _MANY
    parts = condition.parts if isinstance(condition, And) else (condition,)
    if _is_sqlite(connection):
        entries = _find_in_sqlite(connection, parts, many, within)
    else:
        entries = _find_in_postgresql(connection, parts, many)
    return replace(entries, dates=tuple(part for part in parts if isinstance(part, MailingDates)))


def _find_in_sqlite(
    connection: Connection, parts: Sequence[Condition], many: int | None, within: tuple[int, int] | None
) -> MatchingEntries:
    # Few papers have several authors of very many papers: to look for them one by one would read most of the archive.
    if within is None and len(list_authors(And(tuple(parts)))) > 1:
        many = None
    # Exclusions go into the expression of FTS5 as well, but need something there that they are excluded from.
    find_codes = partial(list_codes, connection)
    said = [part for part in parts if format_fts5(part.part if isinstance(part, Not) else part, find_codes)]
    words = format_fts5(And(tuple(said)), find_codes) if said else None
    if words is None:
        builder = _Builder(connection, ENTRY.c.id, many, within)
        limits = () if within is None else (ENTRY.c.id.between(*within),)
        return MatchingEntries(ENTRY.c.id, (*limits, *map(builder.build, parts)))
    builder = _Builder(connection, INDEX.c.rowid, many)
    others = {part: builder.build(part) for part in parts if part not in said}
    has_words = any(is_about_text(part) and not isinstance(part, Not) for part in parts)
    rank = INDEX.c.rank if has_words else None
    matching = matches(INDEX, words)
    found = MatchingEntries(INDEX.c.rowid, (matching, *others.values()), rank=rank)
    author = _find_author(parts)
    if author is None:
        return found
    rest = (matching, *(condition for part, condition in others.items() if part != author))
    papers = None if builder.is_common(author) else _select_papers_of_author(connection, author)
    return replace(found, papers=papers, rest=rest)


def _find_author(parts: Sequence[Condition]) -> AuthorName | None:
    return next(iter(list_authors(And(tuple(parts)))), None)


def _find_in_postgresql(connection: Connection, parts: Sequence[Condition], many: int | None) -> MatchingEntries:
    find_codes = partial(list_codes, connection)
    said = [part for part in parts if is_about_words(part)]
    builder = _Builder(connection, WORDS_INDEX.c.id if said else ENTRY.c.id, many)
    rest = tuple(builder.build(part) for part in parts if part not in said)
    if not said:
        return MatchingEntries(builder.id, rest, rest=rest)
    # One by one, as a query without a word that PostgreSQL knows finds nothing alone, and is left out of others.
    words = tuple(build_tsquery(part, find_codes) for part in said)
    wanted = [
        query for part, query in zip(said, words, strict=True) if is_about_text(part) and not isinstance(part, Not)
    ]
    rank = sa.func.ts_rank(_WEIGHTS, WORDS_INDEX.c.words, join_any(wanted)).desc() if wanted else None
    author = _find_author(parts)
    papers = None if author is None else _select_papers_of_author(connection, author)
    where = (*map(_contains, words), *rest)
    return MatchingEntries(builder.id, where, rank=rank, words=words, papers=papers, rest=rest)


def list_authors(condition: Condition) -> list[AuthorName]:
    """Return the authors that all entries which meet the condition have."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    return [part for part in parts if isinstance(part, AuthorName)]


def list_codes(connection: Connection, wanted: CategoryCode) -> Sequence[str]:
    """Return the categories held that are meant: one, all of an archive, or all that begin so."""
    code, archive = sa.func.lower(CATEGORY.c.code), sa.func.lower(CATEGORY.c.archive)
    meant = code.startswith(wanted.code) if wanted.prefix else sa.or_(code == wanted.code, archive == wanted.code)
    return connection.scalars(sa.select(CATEGORY.c.code).where(meant)).all()


def build_date_range(entry_id: ColumnElement[int], dates: MailingDates) -> Bool:
    """Return the condition that the id is of an entry of these dates."""
    return entry_id.between(make_entry_id(dates.since, 0), make_entry_id(dates.until, ENTRY_SPAN - 1))


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds conditions on the entry whose id the column has: that of `entry` itself or the rowid of FTS5.

    Where an author or a category has `many` papers or more, each entry is asked for its paper. None: where all are wanted.
    """

    connection: Connection
    id: ColumnElement[int]
    many: int | None
    within: tuple[int, int] | None = None
    _common: dict[AuthorName, bool] = field(default_factory=dict)

    def is_common(self, name: AuthorName) -> bool:
        """Return whether the authors of this name have very many papers, asked once."""
        if name not in self._common:
            papers = _select_papers_of_author(self.connection, name)
            self._common[name] = _are_many(self.connection, papers, self.many)
        return self._common[name]

    def build(self, condition: Condition) -> Bool:
        if (text := self._build_text(condition)) is not None:
            return text
        match condition:
            case And(parts) | Or(parts):
                join = sa.and_ if isinstance(condition, And) else sa.or_
                return join(*map(self.build, parts))
            case Not(part):
                return sa.not_(self.build(part))
            case MailingDates():
                return build_date_range(self.id, condition)
            case SectionName(name):
                return self._is_in_section(name)
        return self._build_paper(condition)

    def _build_text(self, condition: Condition) -> Bool | None:
        if _is_sqlite(self.connection):
            words = format_fts5(condition, partial(list_codes, self.connection))
            limits = () if self.within is None else (INDEX.c.rowid.between(*self.within),)
            return self._is_among(sa.select(INDEX.c.rowid).where(matches(INDEX, words), *limits)) if words else None
        if not is_about_words(condition):
            return None
        wanted = build_tsquery(condition, partial(list_codes, self.connection))
        return self._is_among(sa.select(WORDS_INDEX.c.id).where(_contains(wanted)))

    def _build_paper(self, condition: Condition) -> Bool:
        match condition:
            case AuthorName():
                if _is_sqlite(self.connection) and self.is_common(condition):
                    return self._has_author(condition)
                return self._is_of(_select_papers_of_author(self.connection, condition))
            case CategoryCode():
                papers = _select_papers_of_category(self.connection, condition)
                if _are_many(self.connection, papers, self.many):
                    return self._is_paper_in(papers)
                return self._is_of(papers)
            case IdPattern(text, prefix):
                paper_id = PAPER.c.id
                return self._is_of(sa.select(paper_id).where(_begins(paper_id, text) if prefix else paper_id == text))
        raise AssertionError(condition)

    def _is_in_section(self, name: str) -> Bool:
        # No index has the section. It is looked up for each entry that meets the rest.
        if self.id is ENTRY.c.id:
            return ENTRY.c.section == name
        found = sa.select(ENTRY.c.id).where(ENTRY.c.id == self.id, ENTRY.c.section == name)
        return found.correlate(self.id.table).exists()

    def _has_author(self, name: AuthorName) -> Bool:
        """Return the condition that the paper has this author, asked for each entry: the first ones are found soon."""
        # The sum keeps SQLite from looking for the paper among those of each of the names.
        return self._is_paper_in(_select_papers_of_author(self.connection, name, PAPER_AUTHOR.c.author_id + 0))

    def _is_paper_in(self, papers: Select[str]) -> Bool:
        of_entry: ColumnElement[str] = ENTRY.c.paper_id
        if self.id is not ENTRY.c.id:
            of_entry = (
                sa.select(ENTRY.c.paper_id).where(ENTRY.c.id == self.id).correlate(self.id.table).scalar_subquery()
            )
        (paper_id,) = papers.selected_columns
        return papers.where(paper_id == of_entry).exists()

    def _is_of(self, papers: Select[str]) -> Bool:
        """Return the condition that the entry is of one of these papers."""
        if self.id is ENTRY.c.id:
            return ENTRY.c.paper_id.in_(papers)
        return self._is_among(sa.select(ENTRY.c.id).where(ENTRY.c.paper_id.in_(papers)))

    def _is_among(self, ids: Select[int]) -> Bool:
        # The sum keeps SQLite from asking FTS5 for each of the ids, which takes long.
        return (self.id + 0 if self.id is INDEX.c.rowid else self.id).in_(ids.correlate(None))


def _contains(words: ColumnElement[Any]) -> Bool:
    return WORDS_INDEX.c.words.op("@@", is_comparison=True)(words)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _select_papers_of_author(
    connection: Connection, name: AuthorName, author_id: ColumnElement[int] = PAPER_AUTHOR.c.author_id
) -> Select[str]:
    if _is_sqlite(connection):
        names = sa.select(AUTHOR_INDEX.c.rowid).where(matches(AUTHOR_INDEX, format_name(name)))
    else:
        names = sa.select(AUTHOR.c.id).where(build_name_query(AUTHOR.c.name, name))
    return sa.select(PAPER_AUTHOR.c.paper_id).where(author_id.in_(names))


def _select_papers_of_category(connection: Connection, wanted: CategoryCode) -> Select[str]:
    return sa.select(PAPER_CATEGORY.c.paper_id).where(PAPER_CATEGORY.c.category.in_(list_codes(connection, wanted)))


def is_common_author(connection: Connection, name: AuthorName) -> bool:
    """Return whether the authors of this name have very many papers."""
    return _are_many(connection, _select_papers_of_author(connection, name), _MANY)


def _are_many(connection: Connection, papers: Select[str], many: int | None) -> bool:
    if many is None:
        return False
    counted = sa.select(sa.func.count()).select_from(papers.limit(many).subquery())
    return connection.scalar(counted) == many


def _begins(column: ColumnElement[str], beginning: str) -> Bool:
    # A range, as LIKE cannot use the index: the first text that does not begin so ends with the next character.
    return sa.and_(column >= beginning, column < f"{beginning[:-1]}{chr(ord(beginning[-1]) + 1)}")
