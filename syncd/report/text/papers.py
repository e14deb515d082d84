"""A paper or a mailing as lines, set to a width."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from syncd.core.markup import plain
from syncd.core.model import Placed, Section
from syncd.core.printable import printable
from syncd.report.terminal import many, paint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.results import Appearance, MailingDetails, PaperDetails

_SECTIONS = {Section.NEW: "new submission", Section.CROSS: "cross-list", Section.REPLACED: "replacement"}
_PLACED = {
    Placed.LISTED: "seen on its listing page",
    Placed.PROVEN: "its day is proven by the ids and dates around it",
    Placed.BOUNDED: "its day is inferred, with more than one possible",
    Placed.ASSUMED: "its day is inferred by the calendar alone",
    Placed.ADOPTED: "from an adopted file",
}


def of_paper(story: PaperDetails, width: int = 80) -> Iterator[str]:
    """A paper as announced and as last seen."""
    yield from _announced(story, width)
    yield from _current(story, width)


def _announced(story: PaperDetails, width: int) -> Iterator[str]:
    if story.announced is None:
        yield f"{story.id}  in no mailing of this archive"
        return
    yield from _wrapped(plain(story.announced.title), width, f"{story.id}  ", role="head")
    for seen in story.mailings:
        yield from _wrapped(_appearance(seen), width, "  mailing   ")
    yield f"  text      as announced, version {story.announced.version or 'not known'}"
    yield ""
    yield from _wrapped(plain(story.announced.abstract), width, "  ")


def _appearance(seen: Appearance) -> str:
    section = _SECTIONS[seen.section] if seen.section else "section not known"
    return f"{seen.day}, number {seen.number}, {section}; {_PLACED[seen.placed]}"


def _current(story: PaperDetails, width: int) -> Iterator[str]:
    if story.title is None:
        return
    withdrawn = f", {paint('fault', 'withdrawn')}" if story.withdrawn else ""
    yield ""
    categories = " ".join(story.categories) or "categories not known"
    yield f"now: version {story.version or 'not known'}, {categories}{withdrawn}"
    if story.announced is None or story.title != story.announced.title:
        yield from _wrapped(plain(story.title), width, "  ")
    if story.abstract and (story.announced is None or story.abstract != story.announced.abstract):
        yield ""
        yield from _wrapped(plain(story.abstract), width, "  ")


def _wrapped(text: str, width: int, lead: str, role: str = "") -> Iterator[str]:
    lines = wrap(printable(text), width - len(lead), break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield (" " * len(lead) if number else lead) + paint(role, line)


def of_mailing(story: MailingDetails, width: int = 80) -> Iterator[str]:
    """A mailing: its state and evidence, then an entry after the other."""
    report = story.report
    yield f"{report.day:%a} {report.day}  {paint(report.state)}  {printable(report.evidence)}"
    if report.papers is not None:
        split = f": {report.new} new, {report.cross} cross-lists" if report.new is not None else ""
        yield f"{many(report.papers, 'paper')}{split}; from {report.source}"
        yield ""
    for number, entry in enumerate(story.entries, start=1):
        yield from _wrapped(plain(entry.title), width, f"{number:>4}  {entry.id:<12}  {entry.section or '-':<5}  ")
