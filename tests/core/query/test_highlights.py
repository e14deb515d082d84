"""Where a query matches in a text that people read."""

from __future__ import annotations

import pytest

from syncd.core.query import Part, find_matches, parse_query

SHOWN = "Edge-aware D\u00e9pth, depths and edges: generating images with ImageNet"


def marked(typed: str, part: Part = Part.ABSTRACT, shown: str = SHOWN) -> list[str]:
    condition = parse_query(typed)
    assert condition is not None
    return [shown[begin:end] for begin, end in find_matches(shown, condition, part)]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("depth", ["D\u00e9pth", "depths"]),
        ("edges -aware", ["Edge", "edges"]),
        ('"edge aware"', ["Edge-aware"]),
        ('"aware depths"', ["aware D\u00e9pth"]),
        ('"aware dep*"', ["aware D\u00e9pth"]),
        ("edge* OR (with nothing)", ["Edge", "edges", "with"]),
        ("generat*", ["generating"]),
        ("image*", ["images", "ImageNet"]),
        ("image", ["images"]),
        ("NOT depth", []),
        ("edge edge-aware", ["Edge-aware", "edges"]),
        ("author:depth cat:cs.LG since:2021", []),
        ('"imagenet and"', []),
    ],
)
def test_words_are_marked_in_every_form(typed: str, words: list[str]) -> None:
    assert marked(typed) == words


def test_a_word_is_marked_only_where_it_was_looked_for() -> None:
    assert marked("title:depth image") == ["images"]
    assert marked("title:depth image", Part.TITLE) == ["D\u00e9pth", "depths", "images"]
