"""The addresses of the loopback arXiv: from path and query to a sheet or a reply, with the rules of each.

It must not open a socket. Time and history come as a scene.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from syncd.core.model import versioned_id
from syncd.rehearsal import feeds, oai, reply
from syncd.rehearsal.pages import SUBJECTS, refusal
from syncd.rehearsal.paper_page import abs_page
from syncd.rehearsal.sheets import SHOWS, catchup_sheet, month_sheet, new_sheet, recent_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncd.rehearsal.reply import Reply
    from syncd.rehearsal.scene import Scene
    from syncd.rehearsal.sheets import Sheet

REACH = timedelta(days=91)
"""How far back `catchup` goes. Its own error message says 90 days."""
_LIST = re.compile(r"/list/(?P<category>[^/]+)/(?P<which>new|recent|pastweek|\d{4}-\d\d)")
_CATCHUP = re.compile(r"/catchup/(?P<category>[^/]+)/(?P<day>[^/]+)")
_NOT_FOUND = "Not found"


class _PageRefused(Exception):
    """An error that a page reports with status 400."""


def visit(scene: Scene, target: str, oai_page: int, catchup_page: int) -> Sheet | Reply:
    """Answer a path with its query. `oai_page` and `catchup_page` are the numbers of entries in one part."""
    address = urlsplit(target)
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    path = unquote(address.path)
    try:
        if path == "/oai":
            return oai.answer(scene, query, oai_page)
        if path == "/api/query":
            return feeds.query(scene, query)
        if found := _LIST.fullmatch(path):
            return _listing(scene, path, query, (found["category"], found["which"]))
        if found := _CATCHUP.fullmatch(path):
            return _catchup(scene, (found["category"], found["day"]), query, catchup_page)
        return _other(scene, path)
    except _PageRefused as refused:
        return refusal(400, str(refused))


def _other(scene: Scene, path: str) -> Reply:
    kind, _, name = path.removeprefix("/").partition("/")
    if kind == "abs":
        return _paper(scene, name)
    if kind == "rss" and name in SUBJECTS:
        return feeds.rss(scene, name)
    if path == "/robots.txt":
        return reply.plain("User-agent: *\nCrawl-delay: 15\nDisallow: /api\nDisallow: /oai2\n")
    return refusal(404, _NOT_FOUND)


def _listing(scene: Scene, path: str, query: Mapping[str, str], asked: tuple[str, str]) -> Sheet | Reply:
    category, which = asked
    if category not in SUBJECTS or scene.newest is None:
        return refusal(404, _NOT_FOUND)
    if which == "new":
        return new_sheet(scene, category, scene.newest, _part(query, SHOWS[-1]))
    part = _part(query, 50)
    if which in {"recent", "pastweek"}:
        return recent_sheet(scene, category, path, part)
    try:
        month = date.fromisoformat(f"{which}-01")
    except ValueError:
        return refusal(404, _NOT_FOUND)
    return month_sheet(scene, category, month, part)


def _part(query: Mapping[str, str], default: int) -> tuple[int, int]:
    skip, show = query.get("skip", "0"), query.get("show", str(default))
    if not skip.isdecimal():
        raise _PageRefused(f"Invalid skip value: {skip}")
    if show not in map(str, SHOWS):
        raise _PageRefused(f"Invalid show value. Valid values: {', '.join(map(str, SHOWS))}")
    return int(skip), int(show)


def _catchup(scene: Scene, asked: tuple[str, str], query: Mapping[str, str], size: int) -> Sheet | Reply:
    category, text = asked
    if category not in SUBJECTS:
        return refusal(404, _NOT_FOUND)
    day = _catchup_day(scene, text)
    abstracts, page = query.get("abs", "False"), query.get("page", "1")
    if abstracts not in {"True", "False"}:
        raise _PageRefused("Invalid abs value. Valid values: True, False")
    if not page.isdecimal() or page == "0":
        raise _PageRefused(f"Invalid page value: {page}")
    part = (int(page) - 1) * size, size
    return catchup_sheet(scene, category, day, part, abstracts=abstracts == "True")


def _catchup_day(scene: Scene, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _PageRefused(f"Invalid date: {text}") from None
    if day > scene.today:
        raise _PageRefused(f"Invalid date: {day}. Can't request date later than today")
    if day < scene.today - REACH:
        raise _PageRefused(f"Invalid date: {day}. Catchup only allowed for past 90 days")
    return day


def _paper(scene: Scene, name: str) -> Reply:
    try:
        paper, number = versioned_id(name)
    except ValueError:
        return refusal(404, _NOT_FOUND)
    found = scene.version(paper, number)
    if found is None:
        return refusal(404, _NOT_FOUND)
    return abs_page(*found, versioned=number is not None)
