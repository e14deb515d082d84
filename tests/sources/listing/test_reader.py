"""The bytes of a listing page as values, and what is refused."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import LayoutUnknown, PageError, PartialPage
from syncd.core.model import Author, Metadata, Section
from syncd.sources import listing
from tests.support import listing_pages as pages
from tests.support.listing_pages import CROSS, DAY, NEW, Row, accepted, ids, refusal

if TYPE_CHECKING:
    from pathlib import Path


def test_a_page_of_today_is_read_whole() -> None:
    page = listing.read(pages.new_page())
    assert (page.kind, page.day, page.category, page.total, page.first) == ("new", DAY, "cs.CV", 7, 1)
    assert [(block.section, block.shown, block.total) for block in page.blocks] == [
        (Section.NEW, 3, 3),
        (Section.CROSS, 2, 2),
        (Section.REPLACED, 2, 2),
    ]
    assert [item.cross_from for item in page.entries] == [None, None, None, "cs.LG", "eess.IV", None, None]
    assert [item.replaced for item in page.entries] == [False] * 5 + [True] * 2


def test_an_entry_gives_canonical_texts_and_the_primary_category_first() -> None:
    row = Row(
        "2104.02001", ("cs.CV", "cs.RO"), title="Who&#39;s  &lt;there&gt;", abstract="It&#39;s one.\n  Two &amp; three."
    )
    page = listing.read(pages.new_page(content=pages.sections([row], [], []), total=1))
    (paper,) = page.blocks[0].papers
    assert paper.title == "Who's &lt;there&gt;"
    assert paper.abstract is not None
    assert paper.abstract.startswith("It's one.")
    assert paper.abstract.endswith("Two &amp; three.")
    assert paper.categories == ("cs.CV", "cs.RO")
    assert paper.version is None


def stated(old: str, new: str) -> Metadata:
    """What a page states of its first paper, with a part of its markup exchanged."""
    body = pages.new_page().decode()
    assert old in body
    return listing.read(body.replace(old, new).encode()).entries[0].paper.metadata


AUTHORS = '<a href="https://arxiv.org/search/cs?searchtype=author&amp;query=Author,+A">A. Author</a>'
COMMENTS = "7 pages, follows arXiv:2101.00001"
SUBJECTS = "<div class='list-subjects'>"


def test_an_entry_states_authors_comments_and_journal_reference() -> None:
    journal = "<div class='list-journal-ref'><span class='descriptor'>Journal-ref:</span>\n Pond &amp; Shade\n 3 </div>"
    expected = Metadata((Author("A. Author", "A.", "Author"),), comments=COMMENTS, journal_reference="")
    assert stated("x", "x") == expected
    assert stated(SUBJECTS, journal + SUBJECTS) == replace(expected, journal_reference="Pond & Shade 3")
    assert stated("list-comments mathjax", "other") == replace(expected, comments="")


def test_a_link_in_comments_reads_as_its_author_typed_it() -> None:
    link = '<a href="https://code.example.org/a" rel="external" class="link-external link-https">this https URL</a>'
    assert stated(COMMENTS, f"Code is at {link}").comments == "Code is at https://code.example.org/a"


def test_authors_have_the_key_names_that_their_links_search_for() -> None:
    link = '<a href="/search/cs?searchtype=author&amp;query={}">{}</a>'
    names = (
        ("van+der+Meulen%2C+P", "Pieter van der Meulen"),
        ("K%C5%91v%C3%A1ri,+Z", "Zsófia Kővári"),
        ("Sivan", "Sivan"),
        ("Moss,+A", "A. Reed"),
        ("Bloggs,+F", "Fred Bloggs"),
    )
    text = "The POND Collaboration: " + ", ".join(link.format(*name) for name in names) + ", Jr. (Harbour)"
    assert stated(AUTHORS, text).authors == (
        Author("The POND Collaboration"),
        Author("Pieter van der Meulen", "Pieter", "van der Meulen"),
        Author("Zsófia Kővári", "Zsófia", "Kővári"),
        Author("Sivan"),
        Author("A. Reed"),
        Author("Fred Bloggs Jr."),
    )


def test_authors_that_are_not_all_shown_are_not_stated() -> None:
    more = f"{AUTHORS} et al. (24 additional authors not shown)"
    assert stated(AUTHORS, more).authors is None
    assert stated(AUTHORS, "(author list is unavailable)").authors is None
    assert stated("<div class='list-authors'>", "<div class='other'>").authors is None


def test_a_page_saved_by_a_browser_has_absolute_links() -> None:
    body = pages.new_page().replace(b'href ="/abs/', b'href="https://arxiv.org/abs/')
    assert accepted(body).new == accepted(pages.new_page()).new


def test_ids_are_taken_from_the_entry_and_not_from_what_an_abstract_cites() -> None:
    cites = 'As <a href="/abs/2001.00001" title="Abstract" id="2001.00001">arXiv:2001.00001</a> says.'
    page = listing.read(pages.new_page(content=pages.sections([Row("2104.02001", abstract=cites)], [], []), total=1))
    assert [item.paper.id for item in page.entries] == ["2104.02001"]


def test_old_style_ids_are_known() -> None:
    rows = [*CROSS, Row("cs/0401001", ("cs.LG", "cs.CV"), "cross-list from cs.LG")]
    body = pages.new_page(content=pages.sections(NEW, rows, []), total=6)
    assert [paper.id for paper in accepted(body).cross] == ids(rows)


def test_catchup_says_the_same_as_new() -> None:
    caught = accepted(pages.catchup_page())
    assert caught.source == "catchup"
    assert (caught.new, caught.cross, caught.replaced) == (
        (new := accepted(pages.new_page())).new,
        new.cross,
        new.replaced,
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body><h1>Please verify that you are human</h1></body></html>", "no-heading"),
        (b"<html><body>arXiv is down for maintenance.</body></html>", "no-heading"),
        (b"<!DOCTYPE html><html></html>", "no-heading"),
        (pages.new_page(content="", total=None), "no-entries"),
        (pages.new_page(content="", total=0), "no-entries"),
        (pages.new_page().replace(b"New submissions (", b"Fresh submissions ("), "headings"),
        (pages.new_page().replace(b"Wednesday, 7", b"Thursday, 7"), "heading-date"),
        (pages.new_page().replace(b"7 April", b"31 April"), "heading-date"),
        (pages.new_page().replace(b"7 April", b"7 Avril"), "heading-date"),
        (pages.new_page().replace(b"Cross submissions (", b"Cross submissions for Thu, 8 Apr 2021 ("), "headings"),
        (pages.new_page().replace(b"<dt>", b"<p>", 1), "entries"),
        (pages.new_page().replace(b"New submissions (", b"Wed, 7 Apr 2021 ("), "headings"),
        (
            pages.new_page().replace(b"<h1>", b"<h3>Showing new listings for Thursday, 8 April 2021</h3><h1>"),
            "headings",
        ),
        (pages.new_page().replace(b"<h3>New submissions (showing 3 of 3 entries)</h3>", b""), "entries"),
        (pages.month_page(NEW, month="April 0000"), "heading-date"),
        (pages.new_page().replace(b"Total of 7", b"Total of 8", 1), "totals"),
        (pages.new_page().replace(b"A Study", b"A St\xffdy", 1), "encoding"),
        (pages.new_page().replace(b"A Study", b"A St\0dy", 1), "encoding"),
        (pages.new_page().replace(b"<h1>", b"<h2>Authors and titles for recent submissions</h2><h1>"), "headings"),
    ],
)
def test_what_is_not_understood_is_said_to_be_unknown(body: bytes, reason: str) -> None:
    assert refusal(LayoutUnknown, body) == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (pages.new_page().replace(b'id="2104.02001">', b'id="2104.02009">'), "entry-id"),
        (pages.new_page().replace(b"arXiv:2104.02001", b"arXiv:2104.02009"), "entry-id"),
        (pages.new_page().replace(b'"/abs/2104.02001"', b'"/abs/2104.02009"'), "entry-id"),
        (pages.new_page().replace(b"2104.02001", b"2104.02001v1"), "entry-id"),
        (pages.new_page().replace(b"[2]</a>", b"[9]</a>"), "entry-id"),
        (pages.new_page().replace(b"list-title", b"headline", 1), "entries"),
        (pages.new_page().replace(b"list-subjects", b"topics", 1), "entries"),
        (pages.new_page().replace(b"(cs.CV)</span>", b"cs.CV</span>", 1), "subjects"),
        (pages.new_page().replace(b"; Machine Learning (cs.LG)", b"; Machine Learning"), "subjects"),
        (pages.new_page().replace(b"<p class", b"<p>Once more.</p><p class", 1), "entries"),
        (
            pages.new_page().replace(
                b'[<a href="/pdf', b'<a href="/abs/2104.02009">arXiv:2104.02009</a> [<a href="/pdf', 1
            ),
            "entry-id",
        ),
        (
            pages.new_page().replace(b"(cross-list from cs.LG)", b"(cross-list from cs.LG) (cross-list from cs.RO)"),
            "entry-id",
        ),
    ],
)
def test_a_page_with_an_entry_that_cannot_be_read_is_partial_and_names_it(body: bytes, reason: str) -> None:
    with pytest.raises(PartialPage) as caught:
        listing.read(body)
    assert caught.value.reason == reason
    assert re.match(r"[12] of 7 entries cannot be read: \[\d\] arXiv:", caught.value.detail)


def test_a_page_of_which_most_entries_cannot_be_read_has_another_layout() -> None:
    assert refusal(LayoutUnknown, pages.new_page().replace(b"list-title", b"headline")) == "entries"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        pages.new_page().removesuffix(b"</html>"),
        pages.new_page()[:4000],
        pages.new_page(content=pages.sections([Row("2104.02001", title="Über")], [], [])).split(b"\x9c")[0],
        re.sub(rb"<dd>.*?</dd>", b"", pages.new_page(), count=1, flags=re.DOTALL),
        re.sub(rb"(.*)<dd>.*?</dd>", rb"\1", pages.new_page(), count=1, flags=re.DOTALL),
    ],
)
def test_a_cut_page_is_partial(body: bytes) -> None:
    assert refusal(PartialPage, body) == "truncated"


def test_comments_behind_the_end_are_not_damage() -> None:
    assert accepted(pages.new_page() + b"\n<!-- kept by a mirror -->\n<!-- twice -->\n") == accepted(pages.new_page())


@pytest.mark.parametrize("piece", [b"<dl", b"<!---->", b"<!--", b"Total of ", b"<", b"</dl>"])
def test_hostile_repetition_is_refused_without_delay(piece: bytes) -> None:
    for body in (piece * 20_000 + b"</html>", b"</html>" + piece * 20_000):
        with suppress(PageError):
            listing.read(body)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_page_or_refused(noise: bytes, closed: bool) -> None:
    with suppress(PageError):
        listing.read(noise + (b"</html>" if closed else b""))


@pytest.mark.shared
def test_arxivs_own_error_pages_are_unknown(shared: Path) -> None:
    samples = sorted((shared / "samples").glob("*/*400.html")) + sorted((shared / "samples").glob("*/abs_*.html"))
    assert samples
    for path in samples:
        assert refusal(LayoutUnknown, path.read_bytes(), day=None) == "no-heading"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kind", "total"),
    [
        ("list_cs.CL_recent", "recent", 528),
        ("list_cs.CL_2026-01", "month", 2168),
        ("list_math.AG_2026-01", "month", 296),
    ],
)
def test_live_pages_are_read(shared: Path, name: str, kind: str, total: int) -> None:
    page = listing.read((shared / "samples" / "live-2026-08" / f"{name}.html").read_bytes())
    assert (page.kind, page.total, len(page.entries)) == (kind, total, 50)
    assert all((item.cross_from is None) == (item.paper.categories[0] == page.category) for item in page.entries)
    assert all(item.paper.title and item.paper.abstract is None for item in page.entries)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["list_2015-03_dt_fragment", "new_2022-02_cs_new_fragment"])
def test_fragments_of_2015_and_2022_are_read_in_a_page_of_their_time(shared: Path, name: str) -> None:
    fragment = (shared / "samples" / "listing-fragments-old" / f"{name}.html").read_text()
    if "<dd>" not in fragment:
        fragment += pages.entry(1, Row("1503.07517")).split("</dt>")[1]
    body = pages.shell(f"<h3>New submissions for Thu, 10 Feb 22</h3><dl>{fragment}</dl>")
    (item,) = listing.read(body).entries
    assert item.number == 1
    assert item.paper.id in ("1503.07517", "2202.04643")
    assert item.paper.title
