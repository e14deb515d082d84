"""The page of a search."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.core.results import MonthCount
from syncd.serve.pages.search_view import draw_bars
from tests.support.served_pages import Served, read_words


def test_matches_are_marked_and_counted(served: Served) -> None:
    page = served.text("/search?q=depth+maps")
    assert "<mark>Depth</mark> of <math" in page
    assert "1 paper" in read_words(page)


@pytest.mark.parametrize(
    "query", ['"><script>alert(1)</script>', "' OR 1=1 --", "<b>", '"', "((((", "\u202e", "*", "-", "a" * 400]
)
def test_a_hostile_query_stays_a_text(served: Served, query: str) -> None:
    response = served.client.get("/search", params={"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert "<b>" not in response.text.partition("<main")[2].partition('class="facts"')[0]


@pytest.mark.parametrize(
    "asked",
    [
        "since=x",
        "sort=worst",
        "limit=0",
        "section=old",
        "limit=501",
        "limit=\u0661",
        "since=2026-07-02&until=2026-07-01",
    ],
)
def test_what_cannot_be_understood_is_said(served: Served, asked: str) -> None:
    assert served.get(f"/search?q=depth&{asked}").status_code == 400


def test_dates_and_order_restrict_the_search(served: Served) -> None:
    assert "None" not in served.text("/search?q=depth&since=2026-07-01&until=2026-07-31&sort=rank&limit=5")
    assert read_words(served.text("/search?q=depth&until=2026-07-01")).count("arXiv:") == 0


def test_the_objects_are_those_of_the_command(served: Served) -> None:
    found = served.get("/search.json?q=depth+maps").json()
    assert (found["command"], found["total"]) == ("search", 1)
    months = served.get("/search.json?q=depth+maps&by=month").json()["months"]
    assert months[-1] == {"month": "2026-07", "papers": 1, "of": months[-1]["of"]}


def test_a_section_restricts_the_search(served: Served) -> None:
    everything, new = (
        served.get(f"/search.json?q=images+OR+maps{more}").json()["total"] for more in ("", "&section=new")
    )
    cross = served.get("/search.json?q=images+OR+maps&section=cross").json()["total"]
    assert cross > 0
    assert everything == new + cross


def test_without_words_there_is_only_the_form(served: Served) -> None:
    assert "<article" not in served.text("/search")
    assert served.get("/search.json").status_code == 400


def test_a_bar_is_as_high_as_its_share_and_none_vanishes() -> None:
    bars = draw_bars(
        [
            MonthCount(date(2026, 11, 1), 96, 100),
            MonthCount(date(2026, 12, 1), 1, 9),
            MonthCount(date(2027, 1, 1), 0, 5),
        ]
    )
    assert [bar.height for bar in bars] == [96, 1.5, 0]
    assert [bar.until for bar in bars] == [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31)]
    assert draw_bars([]) == []
