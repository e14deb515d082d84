"""The headings of listing pages of all times."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import LayoutUnknown
from syncd.core.model import Section
from syncd.sources.listing.headings import BlockHeading, PageHeading, read_block_heading, read_page_heading
from tests.support import listing_pages as pages
from tests.support.listing_pages import accepted

if TYPE_CHECKING:
    from syncd.sources.listing.page import Part


@pytest.mark.parametrize("day", ["Wed,  7 Apr 21", "Wed, 7 Apr 2021", "Wednesday, 7 April 2021", "Wed, 07 Apr 2021"])
def test_pages_of_2015_to_2024_are_read_like_todays(day: str) -> None:
    old, new = accepted(pages.old_new_page(day)), accepted(pages.new_page())
    assert old == new


def test_a_heading_may_name_its_section_and_day_at_once() -> None:
    body = pages.new_page()
    for name in (b"New", b"Cross", b"Replacement"):
        body = body.replace(name + b" submissions (", name + b" submissions for Wednesday, 7 April 2021 (")
    assert accepted(body) == accepted(pages.new_page())


@pytest.mark.parametrize(
    ("year", "read"), [("91", 1991), ("99", 1999), ("00", 2000), ("90", 2090), ("1991", 1991), ("2099", 2099)]
)
def test_years_from_1991_to_2099_are_read_with_two_digits_or_four(year: str, read: int) -> None:
    heading = read_page_heading(f"Authors and titles for April {year}")
    assert heading == PageHeading("month", date(read, 4, 1))


@pytest.mark.parametrize("year", ["1990", "2100"])
def test_years_that_arxiv_cannot_have_are_not_understood(year: str) -> None:
    with pytest.raises(LayoutUnknown, match="not a year of arXiv"):
        read_page_heading(f"Authors and titles for April {year}")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("showing", "all"),
        ("showing first", "first"),
        ("continued, showing", "continued"),
        ("continued, showing last", "last"),
    ],
)
def test_a_heading_says_which_part_of_its_entries_is_shown(words: str, part: Part) -> None:
    found = read_block_heading(f"Cross submissions ({words} 3 of 5 entries)")
    assert found == BlockHeading(Section.CROSS, None, part, 3, 5)


@pytest.mark.parametrize(
    "text", ["Showing new listings", "New submissions (showing 3 entries)", "Comments", "Wed, 7 Apr"]
)
def test_any_other_heading_is_none(text: str) -> None:
    assert read_page_heading(text) is None
    assert read_block_heading(text) is None
