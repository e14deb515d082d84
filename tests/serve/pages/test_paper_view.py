"""The page of a paper."""

from __future__ import annotations

from tests.support.served_pages import REVISED, Served, read_words


def test_what_was_announced_stands_beside_what_was_seen_last(served: Served) -> None:
    page = served.text(f"/paper/{REVISED}")
    assert "<ins>Again</ins>" in page
    assert "<del>first</del> <ins>second</ins>" in page
    words = read_words(page)
    assert "As seen on 2026-07-20 04:30 UTC (oai): version 2" in words
    assert "number 2, new submission; seen on its listing page" in words
    assert "authors not asked" in words


def test_a_paper_that_no_source_was_asked_about_says_so(served: Served) -> None:
    assert "Not asked: no source was asked" in served.text("/paper/2607.20003")


def test_an_address_with_a_version_leads_to_the_paper(served: Served) -> None:
    response = served.get(f"/paper/{REVISED}v2.json")
    assert response.status_code == 301
    assert response.headers["location"] == f"/paper/{REVISED}.json"


def test_the_object_is_that_of_the_command(served: Served) -> None:
    found = served.get(f"/paper/{REVISED}.json").json()
    assert found["command"] == "show"
    assert found["current"]["version"] == 2
    assert {"announced", "versions", "history"} <= set(found)


def test_what_only_looks_like_an_id_is_not_found(served: Served) -> None:
    for asked in ("0000.00000", "2613.00001", "2607.00000v0", "cs/0013001.json"):
        assert served.get(f"/paper/{asked}").status_code == 404, asked
