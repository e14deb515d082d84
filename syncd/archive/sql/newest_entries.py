"""How the newest entries that meet a condition are found without reading all that meet it.

No transaction begins or ends here. An index of words returns the entries of one word newest first. Where many words begin alike,
or an author has few entries, it reads all of them before the first. Then the newest entries of something else are looked through,
a limited number. Where too few of them meet the condition, the index is asked after all.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, literal_column, select, text

from syncd.archive.sql.entry_ids import ENTRY_SPAN
from syncd.archive.sql.search_conditions import build_date_range, find_entries, is_common_author, list_authors
from syncd.archive.sql.server_session import set_until_end
from syncd.archive.sql.tables import AUTHOR, ENTRY, PAPER_AUTHOR, PAPER_TEXT
from syncd.core.query import EVERYTHING, And, AuthorName, CategoryCode, Not, Or, Part, Phrase, join_all
from syncd.core.query.beginnings import BeginningFinder, is_name, list_name_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from syncd.archive.sql.search_conditions import MatchingEntries
    from syncd.core.query import Condition

_SCANNED = 300
"""This number of the newest entries is looked through."""
_EXCLUDED_AMONG = (300, 5_000)
"""Among this number of the newest entries, words that exclude others are looked for first, then among the next number."""
_NAMED_AMONG = (1_000,)
"""Among this number of the newest entries, papers of several common authors are looked for first."""
_PAGE = 50
_LEAST_FOUND = 3
"""Where the first page has fewer, the index has few such words, and finds them sooner."""
_MONTHS = (4, 24)
"""PostgreSQL is then asked for this number of the newest months, for the next number, and at last for all."""
_MOST_RARE = 1_000
"""Entries. Where none of the newest has a word, it is rare, and PostgreSQL is asked for all at once if they are no more."""
_FEW = 200
"""Papers of an author. Where they are more, reading all entries of the words finds the first ones soon."""
_MOST_ASKED, _ASKED = 50, 25
"""The most entries of an author that are looked up one by one, and how many at once. FTS5 reads hundreds in the time of each."""
_IS_TEXT = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
_FIRST = text(
    f"(SELECT min(id) / {ENTRY_SPAN} * {ENTRY_SPAN} FROM (SELECT id FROM entry ORDER BY id DESC LIMIT :number) AS newest)"  # noqa: S608
)
_TEXTS = select(ENTRY.c.id, PAPER_TEXT.c.title, PAPER_TEXT.c.abstract).join(PAPER_TEXT, _IS_TEXT)
_NAMES = (
    select(ENTRY.c.id, AUTHOR.c.name)
    .join(PAPER_AUTHOR, PAPER_AUTHOR.c.paper_id == ENTRY.c.paper_id)
    .join(AUTHOR, AUTHOR.c.id == PAPER_AUTHOR.c.author_id)
)


def list_newest_ids(connection: Connection, condition: Condition, limit: int) -> list[int]:
    """Return the ids of the newest entries that meet the condition, at most `limit`, and each mailing in its own order."""
    return sort_newest(find_newest_ids(connection, condition, limit))[:limit]


def find_newest_ids(connection: Connection, condition: Condition, limit: int) -> list[int]:
    """Return ids of entries that meet the condition, as `read_newest` does."""
    find = partial(find_entries, connection, condition, whole=False, hundreds=limit > _SCANNED)
    entries = find()
    if connection.dialect.name == "sqlite" and entries.id is ENTRY.c.id:
        for number in _list_numbers(connection, condition):
            newest = find_newest(connection, entries, max(number, 2 * limit))
            found = read_newest(connection, find(within=newest), limit)
            if newest is None or len(found) >= limit:
                return found
    return read_newest(connection, entries, limit)


def _list_numbers(connection: Connection, condition: Condition) -> Sequence[int]:
    """Return among how many of the newest entries they are looked for first, where the index has no word to start from.

    What excludes entries would be read as a whole, and so would all papers of several common authors.
    """
    if _has_words(condition):
        return _EXCLUDED_AMONG
    authors = list_authors(condition)
    return _NAMED_AMONG if len(authors) > 1 and all(is_common_author(connection, one) for one in authors) else ()


def _has_words(condition: Condition) -> bool:
    match condition:
        case And(parts) | Or(parts):
            return any(map(_has_words, parts))
        case Not(part):
            return _has_words(part)
    return isinstance(condition, Phrase | CategoryCode)


def read_newest(connection: Connection, entries: MatchingEntries, limit: int) -> list[int]:
    """Return ids in any order: at least `limit`, and all of the day of the oldest one, as far as there are."""
    if connection.dialect.name == "postgresql":
        return _read_newest_of_server(connection, entries, limit)
    found = _ask_for_each(connection, entries, limit)
    return _read_whole_days(connection, entries, limit) if found is None else found


def sort_newest(ids: Sequence[int]) -> list[int]:
    """Return ids with the newest mailing first, and each mailing in its own order."""
    return sorted(ids, key=lambda one: (-(one // ENTRY_SPAN), one))


def _read_whole_days(connection: Connection, entries: MatchingEntries, limit: int) -> list[int]:
    ids: list[int] = []
    with connection.execute(entries.select().order_by(entries.id.desc())) as rows:
        # SQLite finds each row when it is asked for it.
        for (one,) in rows:
            if len(ids) >= limit and one // ENTRY_SPAN != ids[-1] // ENTRY_SPAN:
                break
            ids.append(one)
    return ids


def list_ids_of_author(connection: Connection, entries: MatchingEntries) -> list[int] | None:
    """Return the ids of the entries of an author that all are of, descending. None without one, and where they are many."""
    papers = _list_few_papers(connection, entries)
    if papers is None:
        return None
    return list(connection.scalars(select(ENTRY.c.id).where(ENTRY.c.paper_id.in_(papers)).order_by(ENTRY.c.id.desc())))


def _list_few_papers(connection: Connection, entries: MatchingEntries) -> Sequence[str] | None:
    if entries.papers is None:
        return None
    papers = connection.scalars(entries.papers.distinct().limit(_FEW + 1)).all()
    return papers if len(papers) <= _FEW else None


def _ask_for_each(connection: Connection, entries: MatchingEntries, limit: int) -> list[int] | None:
    """Return ids as `read_newest` does, of entries that are of one author. None where that takes long."""
    ids = list_ids_of_author(connection, entries)
    if ids is None:
        return None
    found: list[int] = []
    asked = 0
    for group in _group_days(ids):
        asked += len(group)
        if asked > _MOST_ASKED:
            return None
        found += connection.scalars(entries.select_among(group))
        if len(found) >= limit:
            break
    return found


def _group_days(ids: Sequence[int]) -> Iterator[list[int]]:
    """Yield descending ids in groups of at least `_ASKED`, each of whole days. The last one may be smaller."""
    group: list[int] = []
    for _, of_day in groupby(ids, key=lambda one: one // ENTRY_SPAN):
        if len(group) >= _ASKED:
            yield group
            group = []
        group += of_day
    if group:
        yield group


def look_for_beginnings(connection: Connection, condition: Condition, limit: int) -> list[int] | None:
    """Return the newest ids in order where a word or a name may go on (`im*`). None where none may, or too few are found."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    phrases = [part for part in parts if isinstance(part, Phrase) and part.prefix]
    names = list_open_names(parts)
    if not phrases and not names:
        return None
    before = [Phrase(one.words[:-1], part=one.part) for one in phrases if len(one.words) > 1]
    others = join_all([*(part for part in parts if part not in {*phrases, *names}), *before] or [EVERYTHING])
    ids = sort_newest(find_newest_ids(connection, others, _SCANNED))
    finders = [BeginningFinder(one) for one in phrases]
    found: list[int] = []
    for start in range(0, len(ids), _PAGE):
        named = select_named(connection, ids[start : start + _PAGE], names)
        found += _list_with_beginnings(connection, named, finders) if finders else named
        if len(found) >= limit:
            return found[:limit]
        if len(found) < _LEAST_FOUND and len(ids) >= _SCANNED:
            return None
    return found if len(ids) < _SCANNED else None


def list_open_names(parts: Iterable[Condition]) -> list[AuthorName]:
    """Return the names of which a word may go on: a beginning or an initial. The index collects all names with such a word."""
    names = (part for part in parts if isinstance(part, AuthorName))
    return [name for name in names if any(goes_on for _, goes_on in list_name_words(name))]


def select_named(connection: Connection, ids: Sequence[int], names: Iterable[AuthorName]) -> list[int]:
    """Return those of these ids, in their order, whose papers have an author of each of the names."""
    wanted = [list_name_words(name) for name in names]
    if not wanted:
        return list(ids)
    given: dict[int, list[str]] = {one: [] for one in ids}
    for one, shown in connection.execute(_NAMES.where(ENTRY.c.id.in_(ids))):
        given[one].append(shown)
    return [one for one in ids if all(any(is_name(shown, words) for shown in given[one]) for words in wanted)]


def _list_with_beginnings(
    connection: Connection, ids: Sequence[int], finders: Sequence[BeginningFinder]
) -> Iterator[int]:
    rows = connection.execute(_TEXTS.where(ENTRY.c.id.in_(ids))).all()
    texts = {one: {Part.TITLE: title, Part.ABSTRACT: abstract} for one, title, abstract in rows}
    for one in ids:
        if one in texts and all(_has(texts[one], finder) for finder in finders):
            yield one


def _has(texts: dict[Part, str], finder: BeginningFinder) -> bool:
    wanted = finder.phrase.part
    return any(finder.is_in(text) for part, text in texts.items() if wanted in {None, part})


def _read_newest_of_server(connection: Connection, entries: MatchingEntries, limit: int) -> list[int]:
    # To start a second process takes longer than to find these entries.
    set_until_end(connection, max_parallel_workers_per_gather="0")
    if (papers := _list_few_papers(connection, entries)) is not None:
        return list(connection.scalars(entries.select())) if papers else []
    number = _SCANNED if entries.words else max(_SCANNED, limit)
    ids = connection.scalars(_select_among_newest(entries, number, limit)).all()
    if ids and min(limit, _SCANNED) // 4 <= len(ids) < limit:
        # To read as many entries takes less than to find them: the index has no places of words.
        number = limit * _SCANNED * 5 // (len(ids) * 4)
        ids = connection.scalars(_select_among_newest(entries, number, limit)).all()
    if len(ids) < limit and entries.words:
        if not ids:
            ids = connection.scalars(entries.select().limit(_MOST_RARE + 1)).all()
            if len(ids) <= _MOST_RARE:
                return list(ids)
        ids = _read_newest_months(connection, entries, limit)
    return list(ids if len(ids) >= limit else connection.scalars(entries.select()))


def _select_among_newest(entries: MatchingEntries, number: int, limit: int) -> Select[int]:
    """Select those of this number of the newest entries that meet the condition: where few are wanted, the first of them."""
    found = entries.select_from(select_first(entries, number))
    if limit > _SCANNED:
        return found
    day: ColumnElement[int] = literal_column(f"{entries.id.table.name}.id / {ENTRY_SPAN} DESC")
    return found.order_by(day, entries.id).limit(limit)


def _read_newest_months(connection: Connection, entries: MatchingEntries, limit: int) -> Sequence[int]:
    ranges = [build_date_range(ENTRY.c.id, dates) for dates in entries.dates]
    oldest, newest = connection.execute(select(func.min(ENTRY.c.id), func.max(ENTRY.c.id)).where(*ranges)).one()
    for number in _MONTHS if newest else ():
        months = _list_months(newest // ENTRY_SPAN // 100, number)
        if not ranges and months[-1] <= oldest // ENTRY_SPAN // 100:
            break  # these are all months, and the index answers sooner without them
        ids = connection.scalars(entries.select_of_months(months)).all()
        if len(ids) >= limit:
            return ids
    return ()


def find_newest(connection: Connection, entries: MatchingEntries, number: int) -> tuple[int, int] | None:
    """Return between which ids the newest entries of the wanted dates are, from the first of a day. None without any."""
    newest = _select_newest(entries, number).subquery()
    first, last = connection.execute(select(func.min(newest.c.id), func.max(newest.c.id))).one()
    return None if first is None else (first // ENTRY_SPAN * ENTRY_SPAN, last)


def select_first(entries: MatchingEntries, number: int) -> ColumnElement[int]:
    """Return the first id of the day from which on the newest entries of the wanted dates are, as a part of a statement."""
    if not entries.dates:
        # To put it together takes SQLAlchemy as long as the server takes to answer it.
        return cast("ColumnElement[int]", _FIRST.bindparams(number=number))
    newest = _select_newest(entries, number).subquery()
    return select(func.min(newest.c.id).op("/")(ENTRY_SPAN) * ENTRY_SPAN).scalar_subquery()


def _select_newest(entries: MatchingEntries, number: int) -> Select[int]:
    ranges = [build_date_range(ENTRY.c.id, dates) for dates in entries.dates]
    return select(ENTRY.c.id).where(*ranges).order_by(ENTRY.c.id.desc()).limit(number)


def _list_months(newest: int, number: int) -> list[int]:
    """Return this number of months as YYYYMM, descending from the newest."""
    last = newest // 100 * 12 + newest % 100 - 1
    return [one // 12 * 100 + one % 12 + 1 for one in range(last, last - number, -1)]
