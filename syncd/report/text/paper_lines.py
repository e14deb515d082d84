"""Show a paper or a mailing as lines of a given width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import markup
from syncd.core.model import Certainty, Paragraphs, Section
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.reasons import REASONS
from syncd.report.line_wrap import wrap_prose
from syncd.report.terminal import paint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.core.model import Version
    from syncd.core.results import Appearance, MailingDetails, PaperDetails

_SECTIONS = {Section.NEW: "new submission", Section.CROSS: "cross-list", Section.REPLACED: "replacement"}
CERTAINTIES = {
    Certainty.LISTED: "seen on its listing page",
    Certainty.PROVEN: "its date is proven by the ids and dates around it",
    Certainty.BOUNDED: "its date is inferred, and more than one is possible",
    Certainty.ASSUMED: "its date is inferred from the calendar alone",
    Certainty.ADOPTED: "from an adopted file",
}
"""What the certainty of a date means, in words."""


def of_paper(paper: PaperDetails, width: int = 80) -> Iterator[str]:
    """Yield a paper as announced and as last seen."""
    yield from _show_announced(paper, width)
    yield from _show_current(paper, width)


def name_days_around(days: Sequence[date], command: str) -> str:
    """Return the advice for a paper that is in no mailing, from the dates of those with the ids next to it."""
    if not days:
        return "to see what is held: syncd status"
    return f"the ids next to it are in the mailings of {' and '.join(map(str, days))}: syncd {command} {days[0]}"


def _show_announced(paper: PaperDetails, width: int) -> Iterator[str]:
    if paper.announced is None:
        yield f"{paper.id}  not in any mailing of this archive"
        return
    yield from _wrap(markup.plain(paper.announced.title), width, f"{paper.id}  ", role="head")
    for seen in paper.mailings:
        yield from _wrap(_describe(seen), width, "  mailing   ")
    unknown = paper.announced.paragraphs is Paragraphs.UNKNOWN
    yield from _wrap(f"{describe_text(paper)}{'; paragraphs unknown' * unknown}", width, "  text      ")
    yield ""
    yield from _wrap_abstract(paper.announced.abstract, width)


def describe_text(paper: PaperDetails) -> str:
    """Return which version the text of the mailing is, as far as it is known."""
    if paper.announced is not None and paper.announced.version is not None:
        return f"of version {paper.announced.version}{_compare_to_mailing(paper, paper.announced.version)}"
    if paper.reads_as is not None:
        return f"of the mailing; reads as version {paper.reads_as}, which was not recorded"
    return "of the mailing; which version it is was not recorded"


def _compare_to_mailing(paper: PaperDetails, version: int) -> str:
    """Return whether that version was announced by the first mailing. A backfill with current texts holds later ones, too.

    A mailing is announced on the evening before its date in New York, which is its date in UTC.
    """
    if version == 1:
        return ", as announced"
    made = next((one.created for one in paper.versions if one.number == version), None)
    if made is None or not paper.mailings:
        return ""
    return ", as announced" if made.date() < paper.mailings[0].day else ", which is newer than the mailing"


def _describe(seen: Appearance) -> str:
    section = _SECTIONS[seen.section] if seen.section else "section unknown"
    # A code that is none is damage, which the check names.
    reason = f": {REASONS[seen.reason].meaning if seen.reason in REASONS else seen.reason}" if seen.reason else ""
    return f"{seen.day}, number {seen.number}, {section}; {CERTAINTIES[seen.certainty]}{reason}"


def _show_current(paper: PaperDetails, width: int) -> Iterator[str]:
    yield ""
    if paper.deletion is not None:
        deleted = f"deleted upstream, as seen on {paper.deletion.seen:%Y-%m-%d} ({paper.deletion.source})"
        yield from _wrap(deleted, width, role="fault")
    if paper.title is None or paper.seen is None:
        yield from _wrap("not asked: no source was asked what arXiv shows of it since", width)
        return
    version = "version not asked" if paper.version is None else f"version {paper.version}"
    withdrawn = ", withdrawn" if paper.withdrawn else ""
    categories = " ".join(paper.categories) or "categories not asked"
    seen = f"as seen on {paper.seen:%Y-%m-%d} ({paper.source}): {version}, {categories}{withdrawn}"
    yield from (line.replace("withdrawn", paint("fault", "withdrawn")) for line in _wrap(seen, width))
    yield from _wrap(_name_authors(paper), width, "  authors   ")
    yield from _wrap(", ".join(map(_describe_version, paper.versions)) or "not asked", width, "  versions  ")
    if paper.announced is None or paper.title != paper.announced.title:
        yield from _wrap(markup.plain(paper.title), width, "  ")
    if paper.abstract and (paper.announced is None or paper.abstract != paper.announced.abstract):
        yield ""
        yield from _wrap_abstract(paper.abstract, width)


def _name_authors(paper: PaperDetails) -> str:
    if paper.authors is None:
        return "not asked"
    return ", ".join(paper.authors) or "none stated"


def _describe_version(version: Version) -> str:
    return f"{version.number} of {version.created:%Y-%m-%d}{' (withdrawn)' * version.withdrawn}"


def _wrap_abstract(abstract: str, width: int) -> Iterator[str]:
    """Yield an abstract, each of its paragraphs on lines of its own, with the addresses of its links."""
    for paragraph in markup.to_plain_text(abstract).splitlines():
        yield from _wrap(paragraph, width, "  ")


def _wrap(text: str, width: int, lead: str = "", role: str = "") -> Iterator[str]:
    lines = wrap_prose(printable(text), width - len(lead))
    for number, line in enumerate(lines):
        yield (" " * len(lead) if number else lead) + paint(role, line)


def of_mailing(found: MailingDetails, width: int = 80) -> Iterator[str]:
    """Yield a mailing: its state and evidence, then its entries."""
    report = found.report
    yield f"{report.day:%a} {report.day}  {paint(report.state)}  {printable(report.evidence)}"
    if report.papers is not None:
        split = f": {report.new} new, {report.cross} cross-lists" if report.new is not None else ""
        yield f"{pluralize(report.papers, 'paper')}{split}; from {report.source}"
        yield ""
    for number, entry in enumerate(found.entries, start=1):
        yield from _wrap(markup.plain(entry.title), width, f"{number:>4}  {entry.id:<12}  {entry.section or '-':<5}  ")
