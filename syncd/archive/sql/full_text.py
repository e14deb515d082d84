"""Full-text search over titles and abstracts as announced: the index of the entries, and queries.

No transaction begins or ends here. The index is FTS5 on SQLite and a column of tsvector on PostgreSQL. Both hold whole
words without markup, case and accents, so that a query finds the same entries in either.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from syncd.archive.sql.entry_ids import ENTRY_SPAN, make_entry_id
from syncd.archive.sql.tables import ENTRY, PAPER_TEXT
from syncd.archive.sql.texts import HTML
from syncd.core.model import Certainty, Entry, PaperId, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection


_PAGE = 500
_SEARCHED = "SELECT id, abstract, title FROM syncd_entry_text WHERE id >= :first AND id < :end ORDER BY id"
_PIECE = re.compile(r'(?P<not>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """Folded words that must follow each other. With `prefix` the last may be the start of a word, `excluded` negates."""

    words: tuple[str, ...]
    prefix: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A search for all terms in mailings from `since` to `until`, sorted by date with `newest`, else by rank."""

    terms: tuple[Term, ...]
    since: date = date.min
    until: date = date.max
    limit: int = 20
    newest: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found: its mailing, and its number there."""

    day: date
    number: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best or newest entries, and how many were found in all."""

    hits: tuple[Hit, ...]
    total: int


def is_part_of_index(name: str | None) -> bool:
    """Return whether a table, column or index of this name belongs to the search. A comparison of schemas leaves it out."""
    return name is not None and (
        name.startswith(("syncd_search", "syncd_author_search"))
        or name in {"words", "ix_paper_text_words", "ix_author_words"}
    )


def parse_terms(typed: str) -> tuple[Term, ...]:
    """Return what a person typed as terms. No text is an error.

    A text has words, `"phrases"`, `-excluded` terms and `begin*`. Everything else separates. Return `()` when no word is
    left.
    """
    found = []
    for piece in _PIECE.finditer(typed):
        content = piece["phrase"] if piece["word"] is None else piece["word"]
        if words := tuple(_WORD.findall(fold(content))):
            found.append(Term(words, prefix=content.endswith("*"), excluded=bool(piece["not"])))
    return tuple(found)


def fold(text: str) -> str:
    """Return text as it is compared: without case and accents."""
    if text.isascii():
        return text.lower()
    return "".join(_fold(character) for character in text)


@lru_cache(4096)
def _fold(character: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", character) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).lower() or character


def add(connection: Connection, days: Sequence[date]) -> None:
    """Add the entries of these mailings, days ascending. A server keeps the index with the texts itself."""
    if connection.dialect.name == "sqlite" and days:
        # FTS5 collects terms in memory only while rowids ascend.
        connection.execute(text(f"INSERT INTO syncd_search (rowid, abstract, title) {_SEARCHED}"), _spans(days))


def remove(connection: Connection, days: Sequence[date]) -> None:
    """Remove the entries of these days. It must be done before they go, as FTS5 is given the text that it forgets."""
    if connection.dialect.name == "sqlite" and days:
        statement = "DELETE FROM syncd_search WHERE rowid >= :first AND rowid < :end"
        connection.execute(text(statement), _spans(days))


def _spans(days: Sequence[date]) -> list[dict[str, int]]:
    return [{"first": make_entry_id(day, 0), "end": make_entry_id(day, ENTRY_SPAN)} for day in days]


def rebuild(connection: Connection) -> int:
    """Build the index again from the entries and return their number."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO syncd_search (syncd_search) VALUES ('rebuild')"))
    else:
        connection.execute(text("REINDEX INDEX ix_paper_text_words"))
    return connection.scalar(select(func.count()).select_from(ENTRY)) or 0


def count_unindexed(connection: Connection) -> int:
    """Return how many entries are missing from the index, or are in it although they are not held."""
    if connection.dialect.name != "sqlite":
        return 0
    held = set(connection.scalars(select(ENTRY.c.id)))
    return len(held ^ set(connection.scalars(text("SELECT id FROM syncd_search_docsize"))))


def search(connection: Connection, query: Query) -> SearchResult:
    """Return the entries that hold every term, newest or best first. Raise ValueError without a term to look for."""
    if all(term.excluded for term in query.terms):
        raise ValueError("no term to look for")
    find = _find_in_sqlite if connection.dialect.name == "sqlite" else _find_in_postgresql
    total, ids = find(connection, query)
    hits = _read_hits(connection, ids)
    return SearchResult(tuple(hits[one] for one in ids), total)


def find_matches(shown: str, query_terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Return where the terms are in a readable text, as ranges in order."""
    wanted = [term for term in query_terms if not term.excluded]
    words = [(found.start(), found.end(), fold(found[0])) for found in _WORD.finditer(shown)]
    ranges = []
    for at in range(len(words)):
        length = max((len(term.words) for term in wanted if _matches(words[at:], term)), default=0)
        if length:
            ranges.append((words[at][0], words[at + length - 1][1]))
    return ranges


def _matches(words: Sequence[tuple[int, int, str]], term: Term) -> bool:
    found = [word for _, _, word in words[: len(term.words)]]
    if term.prefix and len(found) == len(term.words):
        return found[:-1] == list(term.words[:-1]) and found[-1].startswith(term.words[-1])
    return found == list(term.words)


def _find_in_sqlite(connection: Connection, query: Query) -> tuple[int, list[int]]:
    newest = f"rowid / {ENTRY_SPAN} DESC, rowid"
    order = newest if query.newest else f"rank, {newest}"
    where = "FROM syncd_search WHERE syncd_search MATCH :terms AND rowid >= :first AND rowid < :end"
    bound = {
        "terms": _format_fts5(query.terms),
        "first": make_entry_id(query.since, 0),
        "end": make_entry_id(query.until, ENTRY_SPAN),
    }
    total = connection.scalar(text(f"SELECT count(*) {where}"), bound)
    wanted = text(f"SELECT rowid {where} ORDER BY {order} LIMIT :limit")
    return total or 0, list(connection.scalars(wanted, bound | {"limit": query.limit}))


def _format_fts5(wanted: Sequence[Term]) -> str:
    """Return the terms in the syntax of FTS5. Every word is quoted, so that none is read as an operator."""
    quoted = [(f'"{" ".join(term.words)}"{"*" * term.prefix}', term.excluded) for term in wanted]
    required = " AND ".join(one for one, excluded in quoted if not excluded)
    return " NOT ".join([f"({required})", *(one for one, excluded in quoted if excluded)])


def _find_in_postgresql(connection: Connection, query: Query) -> tuple[int, list[int]]:
    order = "day DESC, entry.number" if query.newest else "ts_rank(words, query) DESC, day DESC, entry.number"
    where = """FROM to_tsquery('syncd', :terms) AS query JOIN paper_text ON words @@ query
        JOIN entry ON entry.paper_id = paper_text.paper_id AND entry.text_number = paper_text.number
        WHERE day BETWEEN :since AND :until"""
    bound: Mapping[str, Any] = {"terms": _format_tsquery(query.terms), "since": query.since, "until": query.until}
    total = connection.scalar(text(f"SELECT count(*) {where}"), bound)
    wanted = text(f"SELECT entry.id {where} ORDER BY {order} LIMIT :limit")
    return total or 0, list(connection.scalars(wanted, {**bound, "limit": query.limit}))


def _format_tsquery(wanted: Sequence[Term]) -> str:
    """Return the terms in the syntax of PostgreSQL. Words are letters and digits only, and quoted."""
    parts = []
    for term in wanted:
        words = [f"'{word}'" for word in term.words]
        words[-1] += ":*" * term.prefix
        parts.append(f"{'!' * term.excluded}({' <-> '.join(words)})")
    return " & ".join(parts)


def _read_hits(connection: Connection, ids: Sequence[int]) -> dict[int, Hit]:
    is_text = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
    row, found = ENTRY.c, {}
    columns = (row.id, row.day, row.number, row.paper_id, *HTML, row.section, row.version, row.certainty)
    query = select(*columns).join(PAPER_TEXT, is_text)
    for start in range(0, len(ids), _PAGE):
        rows = connection.execute(query.where(row.id.in_(ids[start : start + _PAGE])))
        for one, day, number, paper, title, abstract, section, version, certainty in rows:
            known = Section(section) if section else None
            entry = Entry(PaperId(paper), title, abstract, known, version, Certainty(certainty))
            found[one] = Hit(day, number, entry)
    return found
