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
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, tuple_

from syncd.archive.sql.tables import EntryRow
from syncd.core.markup import plain
from syncd.core.model import Certainty, Entry, PaperId, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from syncd.core.model import Digest

TABLES = frozenset({"search", *(f"search_{part}" for part in ("config", "content", "data", "docsize", "idx"))})
"""The index and the tables that FTS5 keeps for it. A comparison of schemas leaves them out."""

# The rowid of an entry in FTS5 is the ordinal of its day times this plus its number: rowids are in order of time, and a day is
# a range of them.
_SPAN = 100_000
_PAGE = 500
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


def put(connection: Connection, digests: Sequence[Digest]) -> None:
    """Let the index hold exactly the entries of these mailings for their days."""
    remove(connection, [digest.day for digest in digests])
    # FTS5 collects terms in memory only while rowids ascend. Mailings with the newest first would each make their own segment.
    _add(connection, (
        (digest.day, number, entry.title, entry.abstract)
        for digest in sorted(digests, key=attrgetter("day"))
        for number, entry in enumerate(digest.entries, 1)
    ))  # fmt: skip


def remove(connection: Connection, days: Sequence[date]) -> None:
    """Remove these days from the index."""
    if not days:
        return
    if connection.dialect.name == "sqlite":
        ranges = [{"first": day.toordinal() * _SPAN, "end": (day.toordinal() + 1) * _SPAN} for day in days]
        connection.execute(text("DELETE FROM search WHERE rowid >= :first AND rowid < :end"), ranges)
    else:
        connection.execute(text("DELETE FROM search WHERE day = :day"), [{"day": day} for day in days])


def rebuild(connection: Connection) -> int:
    """Build the index again from the entries and return their number."""
    connection.execute(text("DELETE FROM search"))
    columns = (EntryRow.day, EntryRow.number, EntryRow.title, EntryRow.abstract)
    rows = connection.execute(select(*columns).execution_options(yield_per=_PAGE))
    return _add(connection, ((day, number, title, abstract) for day, number, title, abstract in rows))


def count_unindexed(connection: Connection) -> int:
    """Return how many entries are missing from the index, or are in it although they are not held."""
    held = {(day, number) for day, number in connection.execute(select(EntryRow.day, EntryRow.number))}
    if connection.dialect.name == "sqlite":
        indexed = {_split_rowid(rowid) for rowid in connection.scalars(text("SELECT id FROM search_docsize"))}
    else:
        indexed = {(day, number) for day, number in connection.execute(text("SELECT day, number FROM search"))}
    return len(held ^ indexed)


def search(connection: Connection, query: Query) -> SearchResult:
    """Return the entries that hold every term, newest or best first. Raise ValueError without a term to look for."""
    if all(term.excluded for term in query.terms):
        raise ValueError("no term to look for")
    total, positions = (_find_in_sqlite if connection.dialect.name == "sqlite" else _find_in_postgresql)(
        connection, query
    )
    entries = _read_entries(connection, positions)
    return SearchResult(
        tuple(Hit(*position, entries[position]) for position in positions if position in entries), total
    )


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


def _add(connection: Connection, entries: Iterator[tuple[date, int, str, str]]) -> int:
    statement, values = _INSERTS[connection.dialect.name]
    count = 0
    while page := [values(*entry) for entry in islice(entries, _PAGE)]:
        connection.exec_driver_sql(statement, page)
        count += len(page)
    return count


def _build_sqlite_row(day: date, number: int, title: str, abstract: str) -> tuple[object, ...]:
    return day.toordinal() * _SPAN + number, plain(title), plain(abstract)


def _build_postgresql_row(day: date, number: int, title: str, abstract: str) -> tuple[object, ...]:
    # Words alone: the parser of the server treats hyphens, numbers and addresses in another way than FTS5.
    texts = (" ".join(_WORD.findall(fold(plain(one)))) for one in (title, abstract))
    return day, number, *texts


# In the syntax of the drivers: this runs once for each entry, and costs a third less than through SQLAlchemy.
_INSERTS = {
    "sqlite": ("INSERT INTO search (rowid, title, abstract) VALUES (?, ?, ?)", _build_sqlite_row),
    "postgresql": (
        """INSERT INTO search (day, number, words)
        VALUES (%s, %s, setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'B'))""",
        _build_postgresql_row,
    ),
}


def _find_in_sqlite(connection: Connection, query: Query) -> tuple[int, list[tuple[date, int]]]:
    newest = f"rowid / {_SPAN} DESC, rowid"
    order = newest if query.newest else f"bm25(search, 8.0, 1.0), {newest}"
    where = "FROM search WHERE search MATCH :terms AND rowid >= :first AND rowid < :end"
    bound = {
        "terms": _format_fts5(query.terms),
        "first": query.since.toordinal() * _SPAN,
        "end": (query.until.toordinal() + 1) * _SPAN,
    }
    total = connection.scalar(text(f"SELECT count(*) {where}"), bound)
    wanted = text(f"SELECT rowid {where} ORDER BY {order} LIMIT :limit")
    return total or 0, [_split_rowid(rowid) for rowid in connection.scalars(wanted, bound | {"limit": query.limit})]


def _split_rowid(rowid: int) -> tuple[date, int]:
    ordinal, number = divmod(rowid, _SPAN)
    return date.fromordinal(ordinal), number


def _format_fts5(wanted: Sequence[Term]) -> str:
    """Return the terms in the syntax of FTS5. Every word is quoted, so that none is read as an operator."""
    quoted = [(f'"{" ".join(term.words)}"{"*" * term.prefix}', term.excluded) for term in wanted]
    required = " AND ".join(one for one, excluded in quoted if not excluded)
    return " NOT ".join([f"({required})", *(one for one, excluded in quoted if excluded)])


def _find_in_postgresql(connection: Connection, query: Query) -> tuple[int, list[tuple[date, int]]]:
    order = "day DESC, number" if query.newest else "ts_rank(words, query) DESC, day DESC, number"
    where = "FROM search, to_tsquery('simple', :terms) AS query WHERE words @@ query AND day BETWEEN :since AND :until"
    bound: Mapping[str, Any] = {"terms": _format_tsquery(query.terms), "since": query.since, "until": query.until}
    total = connection.scalar(text(f"SELECT count(*) {where}"), bound)
    wanted = text(f"SELECT day, number {where} ORDER BY {order} LIMIT :limit")
    return total or 0, [(day, number) for day, number in connection.execute(wanted, {**bound, "limit": query.limit})]


def _format_tsquery(wanted: Sequence[Term]) -> str:
    """Return the terms in the syntax of PostgreSQL. Words are letters and digits only, and quoted."""
    parts = []
    for term in wanted:
        words = [f"'{word}'" for word in term.words]
        words[-1] += ":*" * term.prefix
        parts.append(f"{'!' * term.excluded}({' <-> '.join(words)})")
    return " & ".join(parts)


def _read_entries(connection: Connection, positions: Sequence[tuple[date, int]]) -> dict[tuple[date, int], Entry]:
    row, found = EntryRow, {}
    columns = (row.day, row.number, row.paper_id, row.title, row.abstract, row.section, row.version, row.placed)
    for start in range(0, len(positions), _PAGE):
        page = positions[start : start + _PAGE]
        for day, number, paper, title, abstract, section, version, placed in connection.execute(
            select(*columns).where(tuple_(row.day, row.number).in_(page))
        ):
            known = Section(section) if section else None
            found[day, number] = Entry(PaperId(paper), title, abstract, known, version, Certainty(placed))
    return found
