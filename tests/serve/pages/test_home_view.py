"""The first page."""

from __future__ import annotations

import re

from tests.support.served_pages import ODD, Served, read_words


def test_health_and_newest_mailing_stand_first(served: Served) -> None:
    words = read_words(served.text("/"))
    assert "newest mailing 2026-07-14, up to date, none missing" in words
    assert "Tuesday, 14 July 2026" in words


def test_every_date_is_in_the_calendar_with_its_state(served: Served) -> None:
    page = served.text("/")
    assert f'href="/{ODD}" title="{ODD}: complete, 3 papers; heading"' in page
    assert re.search(r'<span class="s-weekend[^>]*title="2026-07-04: ', page)
    assert len(re.findall(r'class="s-[a-z-]+(?: d\d)?(?: c\d)?" ', page)) >= 15


def test_the_object_is_that_of_status(served: Served) -> None:
    found = served.get("/index.json").json()
    assert found["command"] == "status"
    assert found["newest"] == str(ODD)
