"""Show the results of a search as JSON fields and as lines in which the words of the query stand out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.query import Part
from syncd.report.line_wrap import wrap_prose
from syncd.report.terminal import paint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.core.results import Match, Matches, MonthlyMatches
    from syncd.report.json_fields import Fields

    Marks = Callable[[str], list[tuple[int, int]]]

_EXCERPT_LINES = 3


def fields(found: Matches) -> Fields:
    """Return the matches in order, with their texts as announced."""
    hits = [_fields(one) for one in found.shown]
    return {"query": found.typed, "total": found.total, "ranked": found.ranked, "hits": hits} | _alone_fields(found)


def _alone_fields(found: Matches) -> Fields:
    return {"alone": [{"query": words, "total": count} for words, count in found.alone]}


def month_fields(found: MonthlyMatches) -> Fields:
    """Return the months ascending, each with the number of papers found and of all papers in its mailings."""
    months = [{"month": f"{one.month:%Y-%m}", "papers": one.found, "of": one.held} for one in found.months]
    return {"query": found.typed, "total": sum(one.found for one in found.months), "months": months}


def month_lines(found: MonthlyMatches) -> Iterator[str]:
    """Yield a line for each month, then the number of papers found."""
    for one in found.months:
        share = f"{one.found / one.held:7.1%}"
        yield f"{one.month:%Y-%m}  {one.found:>6,}  of {one.held:>6,}  {share}"
    yield f"{pluralize(sum(one.found for one in found.months), 'paper')} found"


def _fields(match: Match) -> Fields:
    entry = match.entry
    return {
        "date": str(match.day),
        "number": match.number,
        "id": entry.id,
        "section": entry.section,
        "title": entry.title,
        "abstract": entry.abstract,
        "version": entry.version,
        "placed": entry.certainty,
        "reason": entry.reason,
    }


def lines(found: Matches, width: int) -> Iterator[str]:
    """Yield each match with its title and the matching part of its abstract, then the number of papers found."""
    for match in found.shown:
        lead = f"{match.day}  {match.entry.id:<12}  "
        marks = partial(found.marks, Part.ABSTRACT)
        yield from _wrap(match.title, width, lead, partial(found.marks, Part.TITLE))
        yield from _wrap(_excerpt(match.abstract, width, marks), width, "    ", marks)
    total = f"{pluralize(found.total, 'paper')} found"
    if found.ranked is not None and found.ranked < found.total:
        total += f", the newest {found.ranked:,} of them ranked"
    yield total if len(found.shown) == found.total else f"{total}, {len(found.shown):,} shown: --limit shows more"
    if any(count for _, count in found.alone):
        counts = ", ".join(f"{printable(words)} {count:,}" for words, count in found.alone)
        yield from wrap_prose(f"alone: {counts}", width)


def _wrap(shown: str, width: int, lead: str, marks: Marks) -> Iterator[str]:
    """Wrap text and paint the words of the query. A phrase that is broken over two lines stays unpainted."""
    room = max(width - len(lead), 20)
    for number, line in enumerate(wrap_prose(printable(shown), room)):
        yield (" " * len(lead) if number else lead) + _paint_marks(line, marks)


def _paint_marks(line: str, marks: Marks) -> str:
    done, at = [], 0
    for begin, end in marks(line):
        if begin >= at:
            done += [line[at:begin], paint("head", line[begin:end])]
            at = end
    return "".join([*done, line[at:]])


def _excerpt(abstract: str, width: int, marks: Marks) -> str:
    """Return the part of the abstract that fits a few lines, beginning a little before the first word found."""
    length = (width - 4) * _EXCERPT_LINES - 4
    first = next((begin for begin, _ in marks(abstract)), 0)
    begin = 0 if first < length // 2 else abstract.rfind(" ", 0, first - width // 2) + 1
    end = len(abstract) if begin + length >= len(abstract) else abstract.rfind(" ", begin, begin + length)
    end = begin + length if end <= begin else end
    return "… " * (begin > 0) + abstract[begin:end] + " …" * (end < len(abstract))
