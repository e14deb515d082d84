"""Wide searches, for which an index reads very much: the newest entries are looked through in its place.

entries that meet the rest of the query, newest first ─► those of them that match ─► the newest or the best of these
                                                         (SQLite: by an index of them in memory)

| wide | what the index reads | what is looked for among the newest |
|---|---|---|
| words that begin as very many do (`co*`) | all of these words, with all entries of each | what begins so |
| the best: initials or the beginning of a name (`author:j*`) | all names that begin so, and their papers | the names |
| the best: common words beside a common name | all entries with the words | the words |
| the best: a phrase that most entries have (`"of the"`) | the phrase in all entries, to count it | all, by the index |

In 280,000 entries this takes a tenth of a second up to two. Among the newest few hundred, such matches are found soon. Where they
are not, the index is asked after all. The last three are so on SQLite only, as PostgreSQL ranks without counting, and in large
archives only. No transaction begins or ends here.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import column, func, select, table

from syncd.archive.sql.entry_ids import ENTRY_SPAN
from syncd.archive.sql.fts5 import format_fts5
from syncd.archive.sql.memory_index import find_matches
from syncd.archive.sql.newest_entries import (
    find_newest_ids,
    list_open_names,
    read_newest,
    select_first,
    select_named,
    sort_newest,
)
from syncd.archive.sql.search_conditions import find_entries, is_common_author, list_codes
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.archive.sql.tsquery import is_about_text, is_about_words
from syncd.core.query import EVERYTHING, And, AuthorName, Not, Or, Phrase, join_all
from syncd.core.query.word_forms import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection

    from syncd.core.query import Condition

_LARGE = 20_000
"""Entries. In fewer, a search for names or common words takes some 30 ms at most."""
_MANY = 150_000
"""Words of all entries that begin so. SQLite takes 40 ms to rank as many."""
_SAMPLE = 60
_NEWEST = (50, 400, 2_000)
_BEST = (400, 2_000)
"""How many entries are looked through, the next number where they have too few matches, and at last the index is asked."""
_COUNTED = 300
_COMMON_WORDS, _COMMON_PHRASE = 0.1, 0.5
"""Share of the newest entries that have common words, and a phrase for which SQLite reads half a million places or more."""
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
    """Return the ids of the newest entries that meet the condition, in any order: at least `limit`, or all.

    None where no part has words that begin as very many do.
    """
    parts = condition.parts if isinstance(condition, And) else (condition,)
    looked_for = _list_common_beginnings(connection, parts)
    if not looked_for:
        return None
    if connection.dialect.name == "postgresql":
        found = _look_through_on_server(connection, condition, limit, _NEWEST)
    else:
        found = _look_through(connection, parts, looked_for, limit, _NEWEST)
    if found is not None:
        return list(found)
    # To look for few of them among more of the newest entries would read all words that begin so each time.
    return read_newest(connection, find_entries(connection, condition, whole=False), limit)


def rank_newest_matches(connection: Connection, condition: Condition, limit: int) -> tuple[list[int], int] | None:
    """Return the ids of the best of the newest entries that meet the condition, and how many of them were compared.

    None where the index is to be asked.
    """
    parts = condition.parts if isinstance(condition, And) else (condition,)
    looked_for = _list_common_beginnings(connection, parts)
    if not looked_for and _count_held(connection) < _LARGE:
        return None
    ranks = None
    if connection.dialect.name == "postgresql":
        ranks = _look_through_on_server(connection, condition, limit, _BEST) if looked_for else None
    elif looked_for := [*looked_for, *list_open_names(parts)] or _list_common_words(connection, parts):
        ranks = _look_through(connection, parts, looked_for, limit, _BEST)
    elif _has_common_phrase(connection, parts):
        ranks = _look_through(connection, parts, (), limit, _BEST[:1])
    if ranks is None:
        return None
    best = sorted(ranks, key=lambda one: (ranks[one], -(one // ENTRY_SPAN), one))
    return best[:limit], len(best)


def _look_through(
    connection: Connection,
    parts: Sequence[Condition],
    looked_for: Sequence[Condition],
    limit: int,
    numbers: Sequence[int],
) -> dict[int, float] | None:
    """Return the newest matches with their ranks: at least `limit`, or all. The best has the least rank.

    They are those of the newest entries of the other parts that meet the parts which are looked for.
    """
    before = (
        Phrase(part.words[:-1], part=part.part) for part in looked_for if isinstance(part, Phrase) and part.prefix
    )
    rest = [*(part for part in parts if part not in looked_for), *(one for one in before if one.words)]
    names = [part for part in looked_for if isinstance(part, AuthorName)]
    for number in numbers:
        ids = sort_newest(find_newest_ids(connection, join_all(rest or [EVERYTHING]), number))[:number]
        ranks = _match(connection, parts, select_named(connection, ids, names))
        if len(ranks) >= limit or len(ids) < number:
            return ranks
        if len(ranks) * numbers[-1] < limit * number:
            return None
    return None


def _list_common_beginnings(connection: Connection, parts: Sequence[Condition]) -> list[Condition]:
    """Return the parts with words that begin as very many do. None of them where the rest would have to say what they are."""
    found = {part: beginnings for part in parts if (beginnings := set(_list_beginnings(part)))}
    if not found or not all(_can_be_said(connection, part) for part in found):
        return []
    are_many = _estimate_words(connection, set[str]().union(*found.values())) > _MANY
    return list(found) if are_many else []


def _list_common_words(connection: Connection, parts: Sequence[Condition]) -> list[Condition]:
    """Return the parts about words where many entries have them, and an author of very many papers is wanted besides."""
    names = [part for part in parts if isinstance(part, AuthorName)]
    words = [part for part in parts if is_about_text(part)]
    if len(names) != 1 or not words or not is_common_author(connection, names[0]):
        return []
    return words if _measure_share(connection, join_all(words)) >= _COMMON_WORDS else []


def _has_common_phrase(connection: Connection, parts: Sequence[Condition]) -> bool:
    phrases = (part for part in parts if isinstance(part, Phrase) and len(part.words) > 1)
    return any(_measure_share(connection, one) >= _COMMON_PHRASE for one in phrases)


def _measure_share(connection: Connection, words: Condition) -> float:
    """Return the share of the newest entries that have these words."""
    newest = find_newest_ids(connection, EVERYTHING, _COUNTED)
    entries = find_entries(connection, words, whole=True)
    found = connection.scalar(entries.select(func.count()).where(entries.id >= min(newest, default=0)))
    return (found or 0) / max(1, len(newest))


def _look_through_on_server(
    connection: Connection, condition: Condition, limit: int, numbers: Sequence[int]
) -> dict[int, float] | None:
    entries = find_entries(connection, condition, whole=False)
    for number in numbers:
        first = select_first(entries, number)
        ranks = {one: -rank for one, rank in connection.execute(entries.select_ranked_from(first))}
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
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(wanted))})")
    texts = connection.execute(_SAMPLED).all()
    # What is no text is damage, which must not keep a search from its results.
    found = sum(len(pattern.findall(fold(text))) for pair in texts for text in pair if isinstance(text, str))
    return found / max(1, len(texts)) * _count_held(connection)


def _count_held(connection: Connection) -> int:
    return connection.scalar(_HELD) or 0


def _match(connection: Connection, parts: Sequence[Condition], ids: Sequence[int]) -> dict[int, float]:
    """Return those of these entries that meet all parts, of which all that are no words are met already, and their ranks."""
    format_words = partial(format_fts5, list_codes=partial(list_codes, connection))
    said = tuple(part for part in parts if _can_be_said(connection, part))
    texts = [tuple(row) for row in connection.execute(select(*_TEXTS.c).where(_TEXTS.c.id.in_(ids)))]
    if (words := format_words(And(said))) is not None:
        return find_matches(texts, words)
    unwanted = format_words(Or(tuple(part.part for part in said if isinstance(part, Not))))
    return dict.fromkeys(set(ids).difference(find_matches(texts, str(unwanted))), 0.0)
