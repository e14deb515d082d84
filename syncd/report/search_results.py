"""What a search found, as JSON fields and as lines in which the words looked for stand out."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from syncd.core.printable import printable
from syncd.report.terminal import many, paint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.core.results import Match, Matches
    from syncd.report.json_fields import Fields

    Marks = Callable[[str], list[tuple[int, int]]]

_EXCERPT_LINES = 3


def fields(found: Matches) -> Fields:
    """The matches in their order, with their texts as announced."""
    return {"query": found.typed, "total": found.total, "hits": [_fields(one) for one in found.shown]}


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
        "placed": entry.placed,
    }


def lines(found: Matches, width: int) -> Iterator[str]:
    """Each match with its title and the part of its abstract that holds what was looked for; then how many there are."""
    for match in found.shown:
        lead = f"{match.day}  {match.entry.id:<12}  "
        yield from _set(match.title, width, lead, found.marks)
        yield from _set(_excerpt(match.abstract, width, found.marks), width, "    ", found.marks)
    told = f"{many(found.total, 'paper')} found"
    yield told if len(found.shown) == found.total else f"{told}, {len(found.shown):,} shown: --limit shows more"


def _set(shown: str, width: int, lead: str, marks: Marks) -> Iterator[str]:
    """Text set to the width, with what was looked for painted; a phrase that is broken over two lines stays unpainted."""
    room = max(width - len(lead), 20)
    for number, line in enumerate(wrap(printable(shown), room, break_long_words=False, break_on_hyphens=False)):
        yield (" " * len(lead) if number else lead) + _painted(line, marks)


def _painted(line: str, marks: Marks) -> str:
    done, at = [], 0
    for begin, end in marks(line):
        if begin >= at:
            done += [line[at:begin], paint("head", line[begin:end])]
            at = end
    return "".join([*done, line[at:]])


def _excerpt(abstract: str, width: int, marks: Marks) -> str:
    """As much of the abstract as fits a few lines, from a little before the first word looked for."""
    length = (width - 4) * _EXCERPT_LINES - 4
    first = next((begin for begin, _ in marks(abstract)), 0)
    begin = 0 if first < length // 2 else abstract.rfind(" ", 0, first - width // 2) + 1
    end = len(abstract) if begin + length >= len(abstract) else abstract.rfind(" ", begin, begin + length)
    end = begin + length if end <= begin else end
    return "… " * (begin > 0) + abstract[begin:end] + " …" * (end < len(abstract))
