"""Search the papers as they were announced, or count them by month. `reindex` builds the index again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.archive.sql.search_queries import Query
from syncd.core.markup import plain
from syncd.core.query import EVERYTHING, And, MailingDates, SectionName, find_matches, join_all, list_parts, parse_query
from syncd.core.results import Match, Matches, MonthlyMatches

if TYPE_CHECKING:
    from syncd.core.query import Condition
    from syncd.usecases.workspace import Workspace

_MOST_PARTS = 8


def search(
    work: Workspace, typed: str, since: date | None, until: date | None, *, limit: int, newest: bool, section: str = ""
) -> Matches:
    """Return the entries that meet the query, newest mailing or best match first. ValueError without a word.

    With a `section` (new or cross), only entries of that section.
    """
    condition = parse_query(typed)
    if condition is None:
        raise ValueError("no word to search for")
    condition = join_all([condition, SectionName(section)]) if section else condition
    found = work.store.search(Query(_restrict(condition, since, until), limit, newest))
    shown = tuple(
        Match(hit.day, hit.number, hit.entry, plain(hit.entry.title), plain(hit.entry.abstract)) for hit in found.hits
    )
    marks = lambda part, line: find_matches(line, condition, part)  # noqa: E731  it closes over the condition
    alone = () if found.total else _count_parts(work, condition, since, until)
    return Matches(typed, shown, found.total, marks, found.ranked, alone)


def _count_parts(
    work: Workspace, condition: Condition, since: date | None, until: date | None
) -> tuple[tuple[str, int], ...]:
    """Return for each part of a query without a match how many entries that part alone has, within the dates of the query."""
    joined = condition.parts if isinstance(condition, And) else ()
    dates = [part for part in joined if isinstance(part, MailingDates)]
    counts = (
        (words, work.store.search(Query(_restrict(join_all([part, *dates]), since, until), 1, newest=True)).total)
        for words, part in list_parts(condition)[:_MOST_PARTS]
    )
    return tuple(counts)


def count_by_month(
    work: Workspace, typed: str, since: date | None, until: date | None, *, section: str = ""
) -> MonthlyMatches:
    """Return for each month with mailings how many entries meet the query. Without a word, all do."""
    condition = parse_query(typed) or EVERYTHING
    condition = join_all([condition, SectionName(section)]) if section else condition
    return MonthlyMatches(typed, work.store.count_by_month(_restrict(condition, since, until)))


def reindex(work: Workspace) -> int:
    """Build the index again from the entries held. Return their number."""
    with work.write_lock():
        return work.store.reindex()


def _restrict(condition: Condition, since: date | None, until: date | None) -> Condition:
    if since is None and until is None:
        return condition
    return join_all([condition, MailingDates(since or date.min, until or date.max)])
