"""Searches for words that begin as very many do (`co*`): the newest entries are looked through, in place of the index of words.

entries that meet the rest of the query, newest first ─► those of them that match ─► the newest or the best of these
                                                         (SQLite: by an index of them in memory)

Both databases collect all words that begin so, with all entries of each, before the first entry is found. In 280,000 entries this
takes half a second for two letters, and two for one. Among the newest few hundred, such words are found soon. Where they are not,
the index is asked after all. No transaction begins or ends here.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import column, func, select, table

from syncd.archive.sql.entry_ids import ENTRY_SPAN
from syncd.archive.sql.fts5 import format_fts5
from syncd.archive.sql.memory_index import find_matches
from syncd.archive.sql.newest_entries import find_newest, read_newest
from syncd.archive.sql.search_conditions import find_entries, list_codes
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.archive.sql.tsquery import is_about_words
from syncd.core.query import EVERYTHING, And, Not, Or, Phrase, join_all
from syncd.core.query.word_forms import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection

    from syncd.core.query import Condition

_MANY = 150_000
"""Words of all entries that begin so. SQLite takes 40 ms to rank as many."""
_SAMPLE = 60
_NEWEST = (50, 400, 2_000)
_BEST = (400, 2_000)
"""How many entries are looked through, the next number where they have too few matches, and at last the index is asked."""
_IS_TEXT = (PAPER_TEXT.c.paper_id == ENTRY.c.paper_id) & (PAPER_TEXT.c.number == ENTRY.c.text_number)
_SAMPLED = (
    select(PAPER_TEXT.c.title, PAPER_TEXT.c.abstract)
    .select_from(ENTRY)
    .join(PAPER_TEXT, _IS_TEXT)
    .order_by(ENTRY.c.id.desc())
    .limit(_SAMPLE)
)
_HELD = select(func.sum(MAILING.c.papers))
_TEXTS = table("syncd_entry_text", *map(column, ("id", "abstract", "title", "categories")))


def list_newest_matches(connection: Connection, condition: Condition, limit: int) -> list[int] | None:
    """Return the ids of the newest entries that meet the condition, in any order and of whole days: at least `limit`, or all.

    None where the index is to be asked.
    """
    found = _look_through(connection, condition, limit, _NEWEST)
    return None if found is None else list(found)


def rank_newest_matches(connection: Connection, condition: Condition, limit: int) -> tuple[list[int], int] | None:
    """Return the ids of the best of the newest entries that meet the condition, and how many of them were compared.

    None where the index is to be asked.
    """
    ranks = _look_through(connection, condition, limit, _BEST)
    if ranks is None:
        return None
    best = sorted(ranks, key=lambda one: (ranks[one], -(one // ENTRY_SPAN), one))
    return best[:limit], len(best)


def _look_through(
    connection: Connection, condition: Condition, limit: int, numbers: Sequence[int]
) -> dict[int, float] | None:
    """Return the newest matches with their ranks: at least `limit`, or all. The best has the least rank."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    looked_for = {part: beginnings for part in parts if (beginnings := set(_list_beginnings(part)))}
    if not looked_for or not all(_can_be_said(connection, part) for part in looked_for):
        return None
    if _estimate_words(connection, set[str]().union(*looked_for.values())) <= _MANY:
        return None
    if connection.dialect.name == "postgresql":
        return _look_through_on_server(connection, condition, limit, numbers)
    before = (Phrase(part.words[:-1], part=part.part) for part in looked_for if isinstance(part, Phrase))
    rest = [*(part for part in parts if part not in looked_for), *(one for one in before if one.words)]
    entries = find_entries(connection, join_all(rest or [EVERYTHING]), whole=False)
    for number in numbers:
        ids = read_newest(connection, entries, number)
        ranks = _match(connection, parts, ids)
        if len(ranks) >= limit or len(ids) < number:
            return ranks
    return None


def _look_through_on_server(
    connection: Connection, condition: Condition, limit: int, numbers: Sequence[int]
) -> dict[int, float] | None:
    entries = find_entries(connection, condition, whole=False)
    for number in numbers:
        newest = find_newest(connection, entries, number)
        if newest is None:
            return {}
        ranks = {one: -rank for one, rank in connection.execute(entries.select_ranked_from(newest[0]))}
        if len(ranks) >= limit:
            return ranks
    return None


def _list_beginnings(condition: Condition) -> Iterator[str]:
    match condition:
        case Phrase(words, prefix) if prefix:
            yield words[-1]
        case And(parts) | Or(parts):
            for part in parts:
                yield from _list_beginnings(part)
        case Not(part):
            yield from _list_beginnings(part)


def _can_be_said(connection: Connection, part: Condition) -> bool:
    """Return whether the index in memory, or the vector of a row, can say whether an entry meets the condition."""
    if connection.dialect.name == "postgresql":
        return is_about_words(part)
    return format_fts5(part.part if isinstance(part, Not) else part, partial(list_codes, connection)) is not None


def _estimate_words(connection: Connection, wanted: Collection[str]) -> float:
    """Return about how many words of all entries begin so, from a sample of the newest ones."""
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(wanted))})")
    texts = connection.execute(_SAMPLED).all()
    # What is no text is damage, which must not keep a search from its results.
    found = sum(len(pattern.findall(fold(text))) for pair in texts for text in pair if isinstance(text, str))
    held = connection.scalar(_HELD) or 0
    return found / max(1, len(texts)) * held


def _match(connection: Connection, parts: Sequence[Condition], ids: Sequence[int]) -> dict[int, float]:
    """Return those of these entries that meet all parts, of which all that are no words are met already, and their ranks."""
    format_words = partial(format_fts5, list_codes=partial(list_codes, connection))
    said = tuple(part for part in parts if _can_be_said(connection, part))
    texts = [tuple(row) for row in connection.execute(select(*_TEXTS.c).where(_TEXTS.c.id.in_(ids)))]
    if (words := format_words(And(said))) is not None:
        return find_matches(texts, words)
    unwanted = format_words(Or(tuple(part.part for part in said if isinstance(part, Not))))
    return dict.fromkeys(set(ids).difference(find_matches(texts, str(unwanted))), 0.0)
