"""Addresses of listing pages, and which page follows a page.

It never builds a `show` that arXiv refuses (anything but 25, 50, 100, 250, 500, 1000, 2000 is answered 400).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from syncd.core.categories import to_canonical_category

if TYPE_CHECKING:
    from datetime import date

    from syncd.sources.listing.page import Page

_MAX_SHOW = 2000
"""The largest `show`, the default of `/new`, and the fixed size of a catchup page."""
_DEFAULT_SHOW = {"new": _MAX_SHOW, "recent": 50, "month": 50}


def new_url(base: str, category: str, skip: int = 0) -> str:
    """Return the address of the newest mailing, from entry `skip` on. The first part needs no parameters."""
    url = f"{base.rstrip('/')}/list/{to_canonical_category(category)}/new"
    return url if skip == 0 else f"{url}?{_window(skip)}"


def recent_url(base: str, category: str, skip: int = 0) -> str:
    """Return the address of the five newest mailings without abstracts, from entry `skip` on."""
    return f"{base.rstrip('/')}/list/{to_canonical_category(category)}/recent?{_window(skip)}"


def catchup_url(base: str, category: str, day: date, page: int = 1) -> str:
    """Return the address of one mailing by its listing date, with abstracts. Pages count from 1."""
    return f"{base.rstrip('/')}/catchup/{to_canonical_category(category)}/{day.isoformat()}?abs=True&page={page}"


def month_page(base: str, category: str, year: int, month: int) -> str:
    """Return the address for people of the papers of a category whose ids are of this month."""
    return f"{base.rstrip('/')}/list/{to_canonical_category(category)}/{year:04d}-{month:02d}"


def month_url(base: str, category: str, year: int, month: int, skip: int = 0) -> str:
    """Return the address of the papers of a category whose ids are of this month, from entry `skip` on."""
    return f"{month_page(base, category, year, month)}?{_window(skip)}"


def next_url(page: Page, url: str) -> str | None:
    """Return the address of the part after `page`, which came from `url`. None when it was the last or has no entry.

    It follows what the page states (the counts of its headings and its total), not the entries found on it: a page that lacks
    one must not lead to another request. Lists without such counts are read in arXiv's own windows.
    """
    if page.first is None or page.total is None:
        return None
    query = parse_qs(urlsplit(url).query)
    if page.kind == "catchup":
        number = _read_number(query, "page", 1)
        return _replace_query(url, query, page=number + 1) if _find_stated_end(page, page.first) < page.total else None
    # On `/recent` and month pages the headings count days or nothing, so the window asked for decides.
    show = _read_number(query, "show", _DEFAULT_SHOW[page.kind])
    skip = _find_stated_end(page, page.first) if page.kind == "new" else _read_number(query, "skip", 0) + show
    return _replace_query(url, query, skip=skip, show=show) if skip < page.total else None


def _find_stated_end(page: Page, first: int) -> int:
    """Return the number of the last entry that the page's headings say it shows."""
    return first - 1 + sum(len(block.entries) if block.shown is None else block.shown for block in page.blocks)


def _window(skip: int) -> str:
    return urlencode({"skip": skip, "show": _MAX_SHOW})


def _read_number(query: dict[str, list[str]], name: str, default: int) -> int:
    text = query.get(name, [""])[-1]
    return int(text) if text.isascii() and text.isdigit() else default


def _replace_query(url: str, query: dict[str, list[str]], **changed: int) -> str:
    values = {name: found[-1] for name, found in query.items()} | {name: str(value) for name, value in changed.items()}
    return urlunsplit(urlsplit(url)._replace(query=urlencode(values), fragment=""))
