"""Words and their stems: the same as FTS5 of SQLite has in its index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.query import word_forms
from syncd.core.query.word_forms import fold, has_beginning, list_other_forms, split_words, stem

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGINNINGS = (
    "",
    "a",
    "y",
    "tr",
    "be",
    "hop",
    "fall",
    "gener",
    "relat",
    "organ",
    "syzyg",
    "feed",
    "x1",
    "caf\u00e9",
    "\u00f8re",
)
ENDINGS = (*word_forms._SUFFIXES, "sses", "ss", "ied", "eed", "at", "bl", "iz", "ll", "tt", "ying")


def list_stems_in_fts5(words: Iterable[str]) -> list[list[str]]:
    """Return the terms under which FTS5 indexes each word."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE x USING fts5(t, content='', tokenize='porter unicode61 remove_diacritics 2')"
        )
        connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab('x', 'instance')")
        numbered = list(enumerate(words))
        connection.executemany("INSERT INTO x (rowid, t) VALUES (?, ?)", numbered)
        found: dict[int, list[str]] = {}
        for term, number in connection.execute("SELECT term, doc FROM terms"):
            found.setdefault(number, []).append(term)
    return [found.get(number, []) for number, _ in numbered]


def test_every_stem_is_that_of_fts5() -> None:
    made = {begin + first + last for begin, first, last in product(BEGINNINGS, ENDINGS, ("", *ENDINGS))}
    words = sorted({word for text in (*made, "x" * 64 + "s", "x" * 63 + "s") for word in split_words(text)})
    assert len(words) > 10_000
    assert [[stem(word)] for word in words] == list_stems_in_fts5(words)


@given(st.text(alphabet="abcdeilmnorstuyz", min_size=1, max_size=12))
def test_any_word_has_the_stem_that_fts5_gives_it(word: str) -> None:
    assert [[stem(word)]] == list_stems_in_fts5([word])


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(said: str) -> None:
    assert fold(fold(said)) == fold(said)


def test_words_are_letters_and_digits_without_case_and_accents() -> None:
    assert split_words("Edge-aware D\u00e9pth, 3D_maps\u2026") == ("edge", "aware", "depth", "3d", "maps")


@pytest.mark.parametrize(
    ("word", "beginning", "found"),
    [
        ("segmentation", "segment", True),
        ("segmenter", "segment", True),
        ("generation", "generat", True),
        ("generating", "generat", True),
        ("genome", "generat", False),
        ("imagenet", "image", True),
        ("images", "image", True),
        ("imagine", "image", False),
        ("classes", "classif", False),
        ("classification", "classif", True),
    ],
)
def test_a_beginning_finds_the_words_that_start_so(word: str, beginning: str, found: bool) -> None:
    assert has_beginning(word, beginning) is found


@given(st.sampled_from(["generation", "relational", "hopefulness", "images", "classified", "networks"]), st.data())
def test_every_beginning_of_a_word_finds_it(word: str, data: st.DataObject) -> None:
    length = data.draw(st.integers(1, len(word)))
    assert has_beginning(word, word[:length])


def test_a_stem_that_is_longer_than_the_beginning_needs_no_other() -> None:
    assert list_other_forms("segment") == ()
    assert list_other_forms("generat") == ("generate",)
