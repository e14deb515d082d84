from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from syncd.core import digest
from syncd.core.model import Certainty, Listing, Paper, PaperId, Section
from tests.support.digests import WEDNESDAY, a_digest, an_entry, of_ids


def test_the_heading_is_english_and_has_no_leading_zero() -> None:
    assert digest.heading(WEDNESDAY, "cs.CV") == "# ArXiv cs.CV --Wed, 7 Apr 2021"
    assert digest.heading(date(2020, 12, 24), "cs.LG") == "# ArXiv cs.LG --Thu, 24 Dec 2020"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " x",
        "x ",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\0b",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "a\u202eb",
        "a\u2067b",
        "a\ud800b",
        "cafe\u0301",
        "<script>",
        '<a href="javascript:x()">x</a>',
        "a\n### 2.Forged  [ :arrow_down: ](https://arxiv.org/pdf/2104.09003.pdf)",
    ],
)
def test_a_text_that_could_break_or_smuggle_is_never_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"2104\.09004"):
        digest.render(a_digest(an_entry(title=text)))
    with pytest.raises(ValueError, match=r"2104\.09004"):
        digest.render(a_digest(an_entry(abstract=text)))


@pytest.mark.parametrize("paper", ["2104.09004v1", "2104.09004)", "../2104.09004", "2104.09004\n", ""])
def test_an_id_that_is_none_is_never_written(paper: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        digest.render(of_ids(paper))


@pytest.mark.parametrize("category", ["", "cs.CV\n", "cs CV", "CS.cv --Mon"])
def test_a_category_that_is_none_is_never_written(category: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        digest.render(replace(of_ids("2104.09004"), category=category))


def test_a_negative_tail_is_never_written() -> None:
    with pytest.raises(ValueError, match="not a digest"):
        digest.render(replace(of_ids("2104.09004"), tail=-1))


def test_a_mailing_without_papers_has_no_file() -> None:
    with pytest.raises(ValueError, match="0 papers"):
        digest.render(a_digest())


def test_a_listing_becomes_new_then_cross_each_descending() -> None:
    def papers(*ids: str) -> tuple[Paper, ...]:
        return tuple(Paper(PaperId(paper), f"Title {paper}", "An abstract.", 1) for paper in ids)

    listing = Listing(WEDNESDAY, papers("2104.1", "2104.3"), papers("2104.2", "2104.4", "cs/0401001"), (), "new")

    made = digest.from_listing(listing, "cs.CV")

    assert [entry.id for entry in made.entries] == ["2104.3", "2104.1", "cs/0401001", "2104.4", "2104.2"]
    assert [entry.section for entry in made.entries] == [Section.NEW] * 2 + [Section.CROSS] * 3
    assert {(entry.certainty, entry.version) for entry in made.entries} == {(Certainty.LISTED, 1)}
    assert (made.day, made.category, made.tail) == (WEDNESDAY, "cs.CV", 6)


def test_a_listing_without_abstracts_makes_no_digest() -> None:
    listing = Listing(WEDNESDAY, (Paper(PaperId("2104.09004"), "A Title", None),), (), (), "recent")

    with pytest.raises(ValueError, match="without abstracts"):
        digest.from_listing(listing, "cs.CV")


def test_a_refusal_quotes_the_first_forty_characters() -> None:
    with pytest.raises(ValueError, match=rf"'{'c' * 40}', 1 papers$"):
        digest.render(replace(of_ids("2104.09004"), category="c" * 40 + "\n"))
    with pytest.raises(ValueError, match=rf"outer blanks: ' {'t' * 39}'$"):
        digest.render(a_digest(an_entry(title=" " + "t" * 60)))
    with pytest.raises(ValueError, match=rf"control characters: 't\\x00{'t' * 38}'$"):
        digest.render(a_digest(an_entry(title="t\0" + "t" * 60)))


def test_a_tail_of_no_blanks_is_written() -> None:
    assert digest.render(replace(of_ids("2104.09004"), tail=0)).endswith(b"abstract.\n")


def test_a_link_is_written_in_an_abstract_and_never_in_a_title() -> None:
    link = '<a class="link-https" data-arxiv-id="2104.1" href="https://arxiv.org/abs/2104.1">2104.1</a>'

    assert link.encode() in digest.render(a_digest(an_entry(abstract=link)))
    with pytest.raises(ValueError, match="link in a title"):
        digest.render(a_digest(an_entry(title=link)))
