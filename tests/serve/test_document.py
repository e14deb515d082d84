"""The documents that are kept: of one revision of the data, the ones asked for last, and no more than fit."""

from __future__ import annotations

from syncd.serve.document import HTML, Document, DocumentCache


def page(letter: str, size: int = 1_000) -> Document:
    return Document(letter.encode() * size, HTML)


def test_a_document_is_kept_for_its_revision_alone() -> None:
    kept, first = DocumentCache(100_000), page("a")
    kept.put("/a", "one", first)
    assert kept.get("/a", "one") is first
    assert kept.get("/a", "two") is None
    assert kept.get("/b", "one") is None


def test_the_first_document_of_a_new_revision_lets_all_others_go() -> None:
    kept = DocumentCache(100_000)
    kept.put("/a", "one", page("a"))
    kept.put("/b", "two", page("b"))
    assert kept.get("/a", "one") is None
    assert kept.get("/a", "two") is None
    assert kept.get("/b", "two") is not None


def test_while_data_change_nothing_is_kept() -> None:
    kept = DocumentCache(100_000)
    kept.put("/a", "", page("a"))
    assert kept.get("/a", "") is None


def test_what_was_not_asked_for_the_longest_makes_room() -> None:
    # Each counts 1,000 bytes, 500 for its object, and a third for its compressed form.
    kept = DocumentCache(4_000 * 4)
    for name in "abcdefgh":
        kept.put(f"/{name}", "one", page(name))
    assert kept.get("/a", "one") is not None
    kept.put("/i", "one", page("i"))
    assert kept.get("/a", "one") is not None
    assert kept.get("/b", "one") is None
    kept.put("/large", "one", page("l", 4_000))
    assert kept.get("/large", "one") is None


def test_a_document_that_is_kept_again_is_counted_once() -> None:
    kept = DocumentCache(1_834 * 4)
    for _ in range(9):
        kept.put("/a", "one", page("a"))
    for name in "bcd":
        kept.put(f"/{name}", "one", page(name))
    assert all(kept.get(f"/{name}", "one") for name in "abcd")
