"""The search: the papers that a query finds, their number in each month, and a feed of the newest."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.core.query import Part
from syncd.core.values import dataclass
from syncd.report import search_results
from syncd.serve.foreign_text import show_plain
from syncd.serve.pages.feed_view import name_entry
from syncd.serve.visit import BadQuestion, Form
from syncd.usecases.inspect.search import count_by_month, search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from syncd.core.results import Match, Matches, MonthCount
    from syncd.serve.document import Document
    from syncd.serve.visit import Visit

_SHOWN, _MOST = 50, 500
_EXCERPT, _BEFORE = 360, 120
_WIDTH, _HEIGHT = 720, 96
_SORTS = ("newest", "rank")
_SECTIONS = ("", "new", "cross")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the words, the dates, the section (empty for all), the order and how many papers are to be shown."""

    typed: str
    since: date | None
    until: date | None
    section: str
    sort: str
    limit: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A month in the chart: where its bar stands, and what it counts."""

    month: date
    left: float
    top: float
    width: float
    height: float
    found: int
    held: int
    until: date


def show_search(visit: Visit) -> Document:
    """Return the page, the object of `syncd search --json`, or the feed of the newest papers found."""
    return show_answer(visit, read_question(visit, visit.get("q")))


def show_answer(visit: Visit, asked: Question, saved: str = "") -> Document:
    """Return what a question finds in the form that was asked for. `saved` is the name of the saved search that it is."""
    if visit.form is Form.JSON and visit.get("by") == "month":
        counted = count_by_month(visit.work, asked.typed, asked.since, asked.until, section=asked.section)
        return visit.json("search", search_results.month_fields(counted))
    found = _find(visit, asked)
    if visit.form is not Form.HTML and found is None:
        raise BadQuestion("there is no word to search for: q=…")
    if visit.form is Form.JSON and found is not None:
        return visit.json("search", search_results.fields(found))
    if visit.form is Form.ATOM and found is not None:
        return _feed(visit, asked, found, saved)
    months = (
        count_by_month(visit.work, asked.typed, asked.since, asked.until, section=asked.section).months
        if found and found.total
        else ()
    )
    return visit.html(
        "search.html",
        asked=asked,
        saved=saved,
        found=found,
        hits=[(one, *_excerpt(one, found)) for one in found.shown] if found else [],
        bars=draw_bars(months),
        most=max((one.found for one in months), default=0),
        more=min(asked.limit * 4, _MOST) if found and found.total > asked.limit < _MOST else 0,
        sorts=_SORTS,
        sections=_SECTIONS,
    )


def read_question(visit: Visit, typed: str) -> Question:
    """Return what was asked, with these words. Raise BadQuestion where it cannot be understood."""
    since, until = _read_date(visit, "since"), _read_date(visit, "until")
    if since and until and since > until:
        raise BadQuestion(f"the dates are reversed: {since} is later than {until}")
    sort, limit = visit.get("sort", 10) or "newest", visit.get("limit", 5) or str(_SHOWN)
    if sort not in _SORTS:
        raise BadQuestion("sort is newest or rank")
    if not (limit.isascii() and limit.isdigit()) or not 0 < int(limit) <= _MOST:
        raise BadQuestion(f"limit is a number from 1 to {_MOST}")
    section = visit.get("section", 10)
    if section not in _SECTIONS:
        raise BadQuestion("section is new or cross")
    return Question(typed, since, until, section, sort, int(limit))


def _read_date(visit: Visit, name: str) -> date | None:
    text = visit.get(name, 10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadQuestion(f"{name} is a date such as 2021-04-07") from None


def _find(visit: Visit, asked: Question) -> Matches | None:
    """Return what was found. None where there is no word to search for."""
    is_newest = asked.sort == "newest" or visit.form is Form.ATOM
    try:
        return search(
            visit.work,
            asked.typed,
            asked.since,
            asked.until,
            limit=asked.limit,
            newest=is_newest,
            section=asked.section,
        )
    except ValueError:
        return None


def _excerpt(one: Match, found: Matches) -> tuple[Markup, Markup]:
    """Return title and the part of the abstract around the first match, with the matches marked."""
    marks = found.marks(Part.ABSTRACT, one.abstract)
    begin = max(marks[0][0] - _BEFORE, 0) if marks and marks[0][0] > _EXCERPT - _BEFORE else 0
    begin = one.abstract.find(" ", begin) + 1 if begin else 0
    end = begin + _EXCERPT
    end = len(one.abstract) if len(one.abstract) <= end else one.abstract.rfind(" ", begin, end)
    text = ("… " if begin else "") + one.abstract[begin:end] + (" …" if end < len(one.abstract) else "")
    moved = begin - (2 if begin else 0)
    inside = [(first - moved, last - moved) for first, last in marks if begin <= first and last <= end]
    return show_plain(one.title, found.marks(Part.TITLE, one.title)), show_plain(text, inside)


def draw_bars(months: Sequence[MonthCount]) -> list[Bar]:
    """Return a bar for each month in a picture of 720 by 96."""
    most = max((one.found for one in months), default=0)
    if not most:
        return []
    step = min(_WIDTH / len(months), 24)
    bars = []
    for number, one in enumerate(months):
        height = max(one.found / most * _HEIGHT, 1.5) if one.found else 0
        next_month = date(one.month.year + one.month.month // 12, one.month.month % 12 + 1, 1)
        last = date.fromordinal(next_month.toordinal() - 1)
        place = (round(number * step, 1), round(_HEIGHT - height, 1), round(max(step - 1.5, 1), 1), round(height, 1))
        bars.append(Bar(one.month, *place, one.found, one.held, last))
    return bars


def _feed(visit: Visit, asked: Question, found: Matches, saved: str) -> Document:
    entries = [
        {
            "id": name_entry(visit.archive, f"{one.day}/{one.entry.id}"),
            "title": one.entry.title,
            "path": f"/paper/{one.entry.id}",
            "updated": one.day,
            "authors": (),
            "abstract": one.entry.abstract,
        }
        for one in found.shown
    ]
    question = {"since": asked.since, "until": asked.until, "section": asked.section}
    dates = f"{asked.since} {asked.until} {asked.section}"
    path = f"/searches/{saved}" if saved else "/search"
    return visit.atom(
        id=name_entry(visit.archive, f"saved {saved} {dates}" if saved else f"search {asked.typed} {dates}"),
        title=saved or f"Search: {asked.typed}",
        subtitle=f"The newest papers of the saved search {asked.typed}"
        if saved
        else "The newest papers that this query finds",
        path=path,
        question=question if saved else {"q": asked.typed, **question},
        own=f"{path}.atom",
        updated=max((one.day for one in found.shown), default=visit.work.coverage_start()),
        entries=entries,
    )
