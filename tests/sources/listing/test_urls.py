"""Addresses of listing pages, and which page follows a page."""

from __future__ import annotations

import pytest

from syncd.sources import listing, rss
from tests.support import listing_pages as pages
from tests.support.listing_pages import BASE, DAY, NEW


def test_addresses_ask_for_the_largest_window_and_nothing_superfluous() -> None:
    assert listing.new_url(BASE, "cs.CV") == f"{BASE}/list/cs.CV/new"
    assert listing.new_url(BASE + "/", "cs.CV", 2000) == f"{BASE}/list/cs.CV/new?skip=2000&show=2000"
    assert listing.recent_url(BASE, "cs.CV") == f"{BASE}/list/cs.CV/recent?skip=0&show=2000"
    assert listing.month_url(BASE, "cs.CV", 2021, 4) == f"{BASE}/list/cs.CV/2021-04?skip=0&show=2000"
    assert listing.month_page(BASE, "cs.CV", 2021, 4) == f"{BASE}/list/cs.CV/2021-04"
    assert listing.catchup_url(BASE, "cs.CV", DAY) == f"{BASE}/catchup/cs.CV/2021-04-07?abs=True&page=1"


def test_addresses_have_the_canonical_name_of_a_category() -> None:
    assert listing.new_url(BASE, "cs.SY") == f"{BASE}/list/eess.SY/new"
    assert listing.recent_url(BASE, "math.MP").startswith(f"{BASE}/list/math-ph/recent?")
    assert listing.month_url(BASE, "stat.TH", 2021, 4).startswith(f"{BASE}/list/math.ST/2021-04?")
    assert listing.catchup_url(BASE, "cs.NA", DAY).startswith(f"{BASE}/catchup/math.NA/2021-04-07?")
    assert rss.feed_url(BASE, "q-fin.EC") == f"{BASE}/rss/econ.GN"


@pytest.mark.parametrize(
    ("total", "url", "expected"),
    [
        (7, "/list/cs.CV/new", None),
        (8, "/list/cs.CV/new", "/list/cs.CV/new?skip=7&show=2000"),
        (95, "/list/cs.CV/new?skip=0&show=50", "/list/cs.CV/new?skip=7&show=50"),
    ],
)
def test_the_part_after_a_page_follows_from_its_stated_counts_and_total(
    total: int, url: str, expected: str | None
) -> None:
    found = listing.next_url(listing.read(pages.new_page(total=total)), BASE + url)
    assert found == (None if expected is None else BASE + expected)


def test_recent_and_month_pages_show_50_when_nothing_is_said() -> None:
    recent = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 3 of 60 entries )", NEW)], 60))
    month = listing.read(pages.month_page(NEW, 60))
    assert listing.next_url(recent, f"{BASE}/list/cs.CV/recent") == f"{BASE}/list/cs.CV/recent?skip=50&show=50"
    assert listing.next_url(month, listing.month_url(BASE, "cs.CV", 2021, 4)) is None


def test_catchup_is_paged_by_number() -> None:
    url = listing.catchup_url(BASE, "cs.CV", DAY)
    assert listing.next_url(listing.read(pages.catchup_page(total=8)), url) == url.replace("page=1", "page=2")
    assert listing.next_url(listing.read(pages.catchup_page(total=7)), url) is None


def test_nothing_follows_a_page_without_entries() -> None:
    lagging = listing.read(pages.empty_catchup_page(total=5000))
    assert listing.next_url(lagging, listing.catchup_url(BASE, "cs.CV", DAY)) is None
