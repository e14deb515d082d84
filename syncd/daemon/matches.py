"""What the saved searches find in each new mailing: found once, recorded as events, and given to the hooks as facts.

new mailing ─► event new, code '' ─► the searches are asked ─► event new, code 'matched' + an event match for each ─► on_match
               one transaction                                 one transaction
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid5

from syncd.archive.sql.daemon_state import SharedState
from syncd.core.model import PaperId
from syncd.core.troubles import Trouble
from syncd.usecases.inspect.public_addresses import locate_paper_page, locate_search_page
from syncd.usecases.inspect.search import search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.paper_history import SinceAnnounced
    from syncd.core.results import Match
    from syncd.core.troubles import HookEvent
    from syncd.usecases.workspace import Workspace

    Facts = dict[str, object]

_MOST = 10_000
"""More papers than any mailing has."""


def record_matches(work: Workspace) -> None:
    """Ask the saved searches about each new mailing for which that was not done, and record what they find for the hooks.

    It is done once for a mailing, whichever turn of whichever host is first. A search that is configured later is not asked
    about it any more.
    """
    shared = SharedState(work.database)
    for event in shared.unmatched():
        day = date.fromisoformat(event.trouble.subject)
        if work.store.mailing(day) is not None:
            shared.record_matches(event, list(_find_matching(work, day)))


def _find_matching(work: Workspace, day: date) -> Iterator[Trouble]:
    for name, query in work.config.searches.queries.items():
        if search(work, query, day, day, limit=1, newest=True).total:
            yield Trouble(name, str(day), query)


def gather_match_facts(work: Workspace, event: HookEvent) -> Facts | None:
    """Return what a hook is given of a match. None where the archive holds none of these papers any more.

    `matches` are the papers for those who read JSON: id, title, abstract, authors (None where no source was asked), section,
    number in the mailing, address.
    """
    name, query, day = event.trouble.code, event.trouble.message, date.fromisoformat(event.trouble.subject)
    found = search(work, query, day, day, limit=_MOST, newest=True).shown
    if not found:
        return None
    since = work.store.list_since(day)
    return {
        "id": str(uuid5(work.archive, f"match {name} {day}")),
        "search": name,
        "query": query,
        "date": str(day),
        "papers": len(found),
        "ids": [one.entry.id for one in found],
        "titles": "\n".join(one.title for one in found),
        "url": locate_search_page(work.config, name),
        "matches": [_describe(work, one, since[PaperId(one.entry.id)]) for one in found],
    }


def _describe(work: Workspace, one: Match, since: SinceAnnounced) -> dict[str, object]:
    entry = one.entry
    return {
        "id": entry.id,
        "title": one.title,
        "abstract": one.abstract,
        "authors": None if since.authors is None else list(since.authors),
        "section": entry.section,
        "number": one.number,
        "url": locate_paper_page(work.config, entry.id),
    }
