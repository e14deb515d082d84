"""Full-text search over titles and abstracts as announced: the index beside the entries, and one question to it.

No transaction begins or ends here. The index is FTS5 on SQLite and a column of tsvector on PostgreSQL; both hold whole
words without markup, case and accents aside, so that one query finds the same entries on either.
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
"""The index and what FTS5 keeps beside it; a comparison of schemas leaves them out."""

_SPAN = 100_000
"""The rowid of an entry in FTS5 is its day's ordinal times this plus its number: in order of time, and a day is a range."""
_PAGE = 500
_PIECE = re.compile(r'(?P<not>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand side by side, folded; `prefix` lets the last one go on, `excluded` turns the term round."""

    words: tuple[str, ...]
    prefix: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: all terms hold, in mailings from `since` to `until`; `newest` orders by date, else by rank."""

    terms: tuple[Term, ...]
    since: date = date.min
    until: date = date.max
    limit: int = 20
    newest: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found: the mailing in which it stands, and its number there."""

    day: date
    number: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best or newest entries, and how many there are in all."""

    hits: tuple[Hit, ...]
    total: int


def parse_terms(typed: str) -> tuple[Term, ...]:
    """What a person typed, as terms; no text is an error.

    Words, `"phrases"`, `-excluded` terms and `begin*`; everything else separates. `()` where no word is left.
    """
    found = []
    for piece in _PIECE.finditer(typed):
        said = piece["phrase"] if piece["word"] is None else piece["word"]
        if words := tuple(_WORD.findall(fold(said))):
            found.append(Term(words, prefix=said.endswith("*"), excluded=bool(piece["not"])))
    return tuple(found)


def fold(said: str) -> str:
    """Text as it is compared: without case and accents."""
    if said.isascii():
        return said.lower()
    return "".join(_fold(character) for character in said)


@lru_cache(4096)
def _fold(character: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", character) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).lower() or character


def put(connection: Connection, digests: Sequence[Digest]) -> None:
    """Let the index hold exactly these mailings' entries for their days."""
    remove(connection, [digest.day for digest in digests])
    # FTS5 gathers terms in memory only while rowids ascend: newest mailing first costs a piece of index for each.
    _add(connection, (
        (digest.day, number, entry.title, entry.abstract)
        for digest in sorted(digests, key=attrgetter("day"))
        for number, entry in enumerate(digest.entries, 1)
    ))  # fmt: skip


def remove(connection: Connection, days: Sequence[date]) -> None:
    """Let the index hold nothing of these days."""
    if not days:
        return
    if connection.dialect.name == "sqlite":
        ranges = [{"first": day.toordinal() * _SPAN, "end": (day.toordinal() + 1) * _SPAN} for day in days]
        connection.execute(text("DELETE FROM search WHERE rowid >= :first AND rowid < :end"), ranges)
    else:
        connection.execute(text("DELETE FROM search WHERE day = :day"), [{"day": day} for day in days])


def rebuild(connection: Connection) -> int:
    """Make the index anew from the entries; their number."""
    connection.execute(text("DELETE FROM search"))
    columns = (EntryRow.day, EntryRow.number, EntryRow.title, EntryRow.abstract)
    rows = connection.execute(select(*columns).execution_options(yield_per=_PAGE))
    return _add(connection, ((day, number, title, abstract) for day, number, title, abstract in rows))


def out_of_step(connection: Connection) -> int:
    """How many entries are not in the index under their day and number, or stand in it without being held."""
    held = {(day, number) for day, number in connection.execute(select(EntryRow.day, EntryRow.number))}
    if connection.dialect.name == "sqlite":
        indexed = {_place(rowid) for rowid in connection.scalars(text("SELECT id FROM search_docsize"))}
    else:
        indexed = {(day, number) for day, number in connection.execute(text("SELECT day, number FROM search"))}
    return len(held ^ indexed)


def find(connection: Connection, query: Query) -> SearchResult:
    """The entries that hold every term, newest mailing first or best first; ValueError without a term to look for."""
    if all(term.excluded for term in query.terms):
        raise ValueError("nothing to look for")
    total, places = (_in_sqlite if connection.dialect.name == "sqlite" else _in_postgresql)(connection, query)
    entries = _entries(connection, places)
    return SearchResult(tuple(Hit(*place, entries[place]) for place in places if place in entries), total)


def find_matches(shown: str, query_terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Where in a readable text the terms stand, as ranges in order."""
    wanted = [term for term in query_terms if not term.excluded]
    words = [(found.start(), found.end(), fold(found[0])) for found in _WORD.finditer(shown)]
    ranges = []
    for at in range(len(words)):
        length = max((len(term.words) for term in wanted if _matches(words[at:], term)), default=0)
        if length:
            ranges.append((words[at][0], words[at + length - 1][1]))
    return ranges


def _matches(words: Sequence[tuple[int, int, str]], term: Term) -> bool:
    heard = [word for _, _, word in words[: len(term.words)]]
    if term.prefix and len(heard) == len(term.words):
        return heard[:-1] == list(term.words[:-1]) and heard[-1].startswith(term.words[-1])
    return heard == list(term.words)


def _add(connection: Connection, entries: Iterator[tuple[date, int, str, str]]) -> int:
    statement, values = _INSERTS[connection.dialect.name]
    count = 0
    while page := [values(*entry) for entry in islice(entries, _PAGE)]:
        connection.exec_driver_sql(statement, page)
        count += len(page)
    return count


def _sqlite_values(day: date, number: int, title: str, abstract: str) -> tuple[object, ...]:
    return day.toordinal() * _SPAN + number, plain(title), plain(abstract)


def _postgresql_values(day: date, number: int, title: str, abstract: str) -> tuple[object, ...]:
    # Words alone: the server's own parser has ideas about hyphens, numbers and addresses that FTS5 does not share.
    texts = (" ".join(_WORD.findall(fold(plain(one)))) for one in (title, abstract))
    return day, number, *texts


# In the drivers' own spelling: this runs once an entry, and costs a third less so.
_INSERTS = {
    "sqlite": ("INSERT INTO search (rowid, title, abstract) VALUES (?, ?, ?)", _sqlite_values),
    "postgresql": (
        """INSERT INTO search (day, number, words)
        VALUES (%s, %s, setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'B'))""",
        _postgresql_values,
    ),
}


def _in_sqlite(connection: Connection, query: Query) -> tuple[int, list[tuple[date, int]]]:
    newest = f"rowid / {_SPAN} DESC, rowid"
    order = newest if query.newest else f"bm25(search, 8.0, 1.0), {newest}"
    where = "FROM search WHERE search MATCH :terms AND rowid >= :first AND rowid < :end"
    bound = {
        "terms": _fts5(query.terms),
        "first": query.since.toordinal() * _SPAN,
        "end": (query.until.toordinal() + 1) * _SPAN,
    }
    total = connection.scalar(text(f"SELECT count(*) {where}"), bound)
    wanted = text(f"SELECT rowid {where} ORDER BY {order} LIMIT :limit")
    return total or 0, [_place(rowid) for rowid in connection.scalars(wanted, bound | {"limit": query.limit})]


def _place(rowid: int) -> tuple[date, int]:
    ordinal, number = divmod(rowid, _SPAN)
    return date.fromordinal(ordinal), number


def _fts5(wanted: Sequence[Term]) -> str:
    """The terms in FTS5's language; every word is quoted, so that none is taken for an operator."""
    said = [(f'"{" ".join(term.words)}"{"*" * term.prefix}', term.excluded) for term in wanted]
    held = " AND ".join(one for one, excluded in said if not excluded)
    return " NOT ".join([f"({held})", *(one for one, excluded in said if excluded)])


def _in_postgresql(connection: Connection, query: Query) -> tuple[int, list[tuple[date, int]]]:
    order = "day DESC, number" if query.newest else "ts_rank(words, query) DESC, day DESC, number"
    where = "FROM search, to_tsquery('simple', :terms) AS query WHERE words @@ query AND day BETWEEN :since AND :until"
    bound: Mapping[str, Any] = {"terms": _tsquery(query.terms), "since": query.since, "until": query.until}
    total = connection.scalar(text(f"SELECT count(*) {where}"), bound)
    wanted = text(f"SELECT day, number {where} ORDER BY {order} LIMIT :limit")
    return total or 0, [(day, number) for day, number in connection.execute(wanted, {**bound, "limit": query.limit})]


def _tsquery(wanted: Sequence[Term]) -> str:
    """The terms in PostgreSQL's language; words are letters and digits only, and quoted."""
    said = []
    for term in wanted:
        words = [f"'{word}'" for word in term.words]
        words[-1] += ":*" * term.prefix
        said.append(f"{'!' * term.excluded}({' <-> '.join(words)})")
    return " & ".join(said)


def _entries(connection: Connection, places: Sequence[tuple[date, int]]) -> dict[tuple[date, int], Entry]:
    row, found = EntryRow, {}
    columns = (row.day, row.number, row.paper_id, row.title, row.abstract, row.section, row.version, row.placed)
    for start in range(0, len(places), _PAGE):
        page = places[start : start + _PAGE]
        for day, number, paper, title, abstract, section, version, placed in connection.execute(
            select(*columns).where(tuple_(row.day, row.number).in_(page))
        ):
            known = Section(section) if section else None
            found[day, number] = Entry(PaperId(paper), title, abstract, known, version, Certainty(placed))
    return found
