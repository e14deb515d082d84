"""The saved searches: a list of all, and each with its papers, newest first, as a page, an object or a feed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.core.values import dataclass
from syncd.serve.pages.search_view import read_question, show_answer
from syncd.serve.visit import Form, NotHere
from syncd.usecases.inspect.search import search

if TYPE_CHECKING:
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A saved search: how many papers it finds, how many of them in the newest mailing, and the mailing of the last one."""

    name: str
    query: str
    total: int
    new: int
    last: date | None


def show_searches(visit: Visit) -> Document:
    """Return the page or the object that lists the saved searches."""
    newest, _ = visit.work.store.find_neighbours(date.max)
    found = [_count(visit, name, query, newest) for name, query in sorted(_list_queries(visit).items())]
    if visit.form is Form.JSON:
        rows = [
            {
                "name": one.name,
                "query": one.query,
                "total": one.total,
                "new": one.new,
                "last": one.last and str(one.last),
            }
            for one in found
        ]
        return visit.json("search", {"date": newest and str(newest), "saved": rows})
    return visit.html("searches.html", found=found, newest=newest)


def show_saved(visit: Visit) -> Document:
    """Return the page, the object or the feed of a saved search. Raise NotHere where none has this name."""
    name, queries = visit.request.path_params["name"], _list_queries(visit)
    if name not in queries:
        near = {f"/searches/{one}": one for one in sorted(queries)} or {"/search": "the search"}
        raise NotHere("There is no saved search of this name.", near)
    return show_answer(visit, read_question(visit, queries[name]), name)


def _list_queries(visit: Visit) -> dict[str, str]:
    return dict(visit.work.config.searches.queries)


def _count(visit: Visit, name: str, query: str, newest: date | None) -> SavedSearch:
    found = search(visit.work, query, None, None, limit=1, newest=True)
    last = found.shown[0].day if found.shown else None
    is_new = newest is not None and last == newest
    new = search(visit.work, query, newest, newest, limit=1, newest=True).total if is_new else 0
    return SavedSearch(name, query, found.total, new, last)
