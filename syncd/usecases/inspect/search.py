"""Search titles and abstracts as they were announced. `reindex` builds the index again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.sql import full_text as index
from syncd.core.markup import plain
from syncd.core.results import Match, Matches

if TYPE_CHECKING:
    from datetime import date

    from syncd.usecases.workspace import Workspace


def search(work: Workspace, typed: str, since: date | None, until: date | None, *, limit: int, newest: bool) -> Matches:
    """Return the entries that contain every word of the query, newest mailing or best match first. ValueError without a word."""
    terms = index.parse_terms(typed)
    dates = {"since": since} if since else {}
    dates |= {"until": until} if until else {}
    found = work.store.search(index.Query(terms, limit=limit, newest=newest, **dates))
    shown = tuple(
        Match(hit.day, hit.number, hit.entry, plain(hit.entry.title), plain(hit.entry.abstract)) for hit in found.hits
    )
    return Matches(typed, shown, found.total, lambda line: index.find_matches(line, terms))


def reindex(work: Workspace) -> int:
    """Build the index again from the entries held. Return their number."""
    with work.write_lock():
        return work.store.reindex()
