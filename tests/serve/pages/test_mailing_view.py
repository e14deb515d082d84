"""The page of a mailing."""

from __future__ import annotations

from datetime import timedelta

from tests.support.served_pages import ODD, Served, read_words


def test_texts_stay_texts_and_say_what_became_of_them(served: Served) -> None:
    page = served.text(f"/{ODD}")
    words = read_words(page)
    assert "<script>alert" not in page
    assert "<b>Eve</b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;3 \U0001f916" in page
    assert "<bdi>\u0645\u0631\u064a\u0645</bdi>" in page
    assert 'dir="auto">Images, in Hebrew' in page
    assert "<math" in page
    assert "It costs $5 and \\foo, or $\\foo{x}$." in words
    assert "title and abstract changed, version 2, as seen on 2026-07-20" in words
    assert "authors not asked" in words


def test_sections_stand_apart_with_their_numbers(served: Served) -> None:
    words = read_words(served.text(f"/{ODD}"))
    assert "New submissions 2" in words
    assert "Cross-lists 1" in words


def test_neighbours_are_one_link_away(served: Served) -> None:
    page = served.text(f"/{ODD}")
    assert '<a href="/2026-07-13" rel="prev">' in page
    assert 'rel="next"' not in page
    assert '<a href="/2026-07-14" rel="next">' in served.text("/2026-07-13")


def test_a_date_without_a_mailing_says_why(served: Served) -> None:
    words = read_words(served.text("/2026-07-04"))
    assert "no-mailing" in words
    assert "Saturday" in words


def test_the_object_is_that_of_the_command(served: Served) -> None:
    found = served.get(f"/{ODD}.json").json()
    assert (found["schema"], found["command"], found["exit_code"]) == (1, "show", 0)
    assert [one["number"] for one in found["entries"]] == [1, 2, 3]
    assert {"date", "state", "papers", "evidence", "history"} <= set(found)


def test_a_date_to_come_has_no_page(served: Served) -> None:
    assert served.get(f"/{ODD + timedelta(days=9)}").status_code == 404
