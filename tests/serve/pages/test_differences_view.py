"""The page of differences."""

from __future__ import annotations

from tests.support.served_pages import ODD, REVISED, Served


def test_texts_that_changed_are_shown_word_by_word(served: Served) -> None:
    page = served.text("/differences")
    assert "<ins>Again</ins>" in page
    assert "<del>first</del> <ins>second</ins>" in page


def test_the_object_has_the_fields_of_diff(served: Served) -> None:
    found = served.get("/differences.json").json()
    title = next(one for one in found["differences"] if one["field"] == "title" and one["id"] == REVISED)
    assert (title["date"], title["code"], title["source"]) == (str(ODD), "revised", "oai")
    assert found["known"]["asked"] > 0


def test_a_date_that_is_none_is_refused(served: Served) -> None:
    assert served.get("/differences?until=x").status_code == 400
