"""A paper and a mailing as lines of a given width."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from syncd.core.coverage import DayReport
from syncd.core.model import Certainty, Entry, Section, State, Version, paper_id
from syncd.core.results import Appearance, MailingDetails, PaperDetails
from syncd.report.text import paper_lines
from syncd.report.text.paper_lines import describe_text
from tests.support.plain_text import strip_colour

START = date(2026, 6, 1)  # a Monday
SEEN = datetime(2026, 7, 13, 16, tzinfo=UTC)
PAPER = paper_id("2607.00001")


def test_a_paper_is_set_to_the_width() -> None:
    entry = Entry(PAPER, "A Title", "word " * 60 + "end.", Section.NEW, 1, Certainty.LISTED)
    details = PaperDetails(PAPER, entry, (Appearance(START, 3, Section.NEW, Certainty.LISTED, 1),))
    lines = list(map(strip_colour, paper_lines.of_paper(details, 50)))
    assert lines[0] == "2607.00001  A Title"
    assert "2026-06-01, number 3, new submission" in " ".join(lines)
    assert max(map(len, lines)) <= 50
    assert " ".join(" ".join(lines[:-2]).split()).endswith("word end.")


def test_a_paper_of_which_no_source_was_asked_says_so() -> None:
    entry = Entry(PAPER, "A Title", "Text.", Section.NEW, None, Certainty.LISTED)
    lines = list(map(strip_colour, paper_lines.of_paper(PaperDetails(PAPER, entry, ()))))
    assert "  text      of the mailing; which version it is was not recorded" in lines
    assert lines[-1] == "not asked: no source was asked what arXiv shows of it since"


def test_a_text_that_reads_as_a_later_version_is_not_called_announced() -> None:
    entry = Entry(PAPER, "A Title", "Text.", Section.NEW, None, Certainty.ADOPTED)
    details = PaperDetails(PAPER, entry, (), "A Title", "Text.", 2, ("cs.CV",), source="oai", seen=SEEN, reads_as=2)
    lines = list(map(strip_colour, paper_lines.of_paper(details)))
    assert "  text      of the mailing; reads as version 2, which was not recorded" in lines


@pytest.mark.parametrize(
    ("version", "made", "said"),
    [
        (1, START + timedelta(days=9), "of version 1, as announced"),
        (2, START - timedelta(days=1), "of version 2, as announced"),
        (2, START, "of version 2, which is newer than the mailing"),
        (2, None, "of version 2"),
    ],
)
def test_only_a_version_made_before_the_mailing_is_called_announced(version: int, made: date | None, said: str) -> None:
    entry = Entry(PAPER, "A Title", "Text.", Section.NEW, version, Certainty.PROVEN)
    versions = () if made is None else (Version(version, datetime.combine(made, time(9), UTC)),)
    seen_in = (Appearance(START, 3, Section.NEW, Certainty.PROVEN, version),)
    assert describe_text(PaperDetails(PAPER, entry, seen_in, versions=versions)) == said


def test_a_paper_that_moved_on_is_shown_as_it_was_seen() -> None:
    entry = Entry(PAPER, "A Title", "Text.", Section.NEW, 1, Certainty.LISTED)
    details = PaperDetails(
        PAPER, entry, (), "Another Title", "Text.", 2, ("cs.CV",), withdrawn=True, source="api", seen=SEEN
    )
    lines = list(map(strip_colour, paper_lines.of_paper(details)))
    assert "as seen on 2026-07-13 (api): version 2, cs.CV, withdrawn" in lines
    assert lines[-1] == "  Another Title"


def test_a_paper_is_shown_with_its_authors_its_versions_and_the_addresses_of_its_links() -> None:
    abstract = 'One.<br>Two, at <a class="link-external link-https" href="https://a.example.org/b">this https URL</a>.'
    entry = Entry(PAPER, "A Title", abstract, Section.NEW, 1, Certainty.LISTED)
    versions = (Version(1, SEEN), Version(2, SEEN, withdrawn=True))
    details = PaperDetails(
        PAPER,
        entry,
        (),
        "A Title",
        abstract,
        2,
        ("cs.CV",),
        source="oai",
        seen=SEEN,
        authors=("A. One", "B. Two"),
        versions=versions,
    )
    lines = list(map(strip_colour, paper_lines.of_paper(details)))
    assert "  authors   A. One, B. Two" in lines
    assert "  versions  1 of 2026-07-13, 2 of 2026-07-13 (withdrawn)" in lines
    assert lines[2:6] == ["", "  One.", "  Two, at https://a.example.org/b.", ""]


def test_authors_and_versions_that_no_source_stated_are_not_asked() -> None:
    details = PaperDetails(PAPER, None, (), "A Title", "Text.", source="rss", seen=SEEN)
    lines = list(map(strip_colour, paper_lines.of_paper(details)))
    assert {"  authors   not asked", "  versions  not asked"} <= set(lines)


def test_a_mailing_is_a_line_an_entry() -> None:
    entries = tuple(Entry(PAPER, f"Title {n}", "Text.", section) for n, section in enumerate((Section.NEW, None)))
    lines = list(
        map(
            strip_colour,
            paper_lines.of_mailing(
                MailingDetails(DayReport(START, State.COMPLETE, 2, None, None, "new", "heading seen"), None, entries)
            ),
        )
    )
    assert lines[0] == "Mon 2026-06-01  complete  heading seen"
    assert lines[-2:] == ["   1  2607.00001    new    Title 0", "   2  2607.00001    -      Title 1"]
