"""The headings of listing pages of all times."""

from __future__ import annotations

import pytest

from tests.support import listing_pages as pages
from tests.support.listing_pages import accepted


@pytest.mark.parametrize("day", ["Wed,  7 Apr 21", "Wed, 7 Apr 2021", "Wednesday, 7 April 2021", "Wed, 07 Apr 2021"])
def test_pages_of_2015_to_2024_are_read_like_todays(day: str) -> None:
    old, new = accepted(pages.old_new_page(day)), accepted(pages.new_page())
    assert old == new


def test_a_heading_may_name_its_section_and_day_at_once() -> None:
    body = pages.new_page()
    for name in (b"New", b"Cross", b"Replacement"):
        body = body.replace(name + b" submissions (", name + b" submissions for Wednesday, 7 April 2021 (")
    assert accepted(body) == accepted(pages.new_page())
