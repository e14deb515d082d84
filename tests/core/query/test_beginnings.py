"""A text without an index has the same phrases as the index finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.query.beginnings import BeginningFinder, is_name, list_name_words
from syncd.core.query.conditions import AuthorName, Phrase
from syncd.core.query.word_forms import has_beginning, split_words, stem

ENDS = [
    "",
    "s",
    "es",
    "ed",
    "ing",
    "er",
    "y",
    "ies",
    "ation",
    "ational",
    "ability",
    "ibly",
    "ousness",
    "al",
    "e",
    "ment",
    "ency",
]
WORDS = st.builds("{}{}".format, st.text("abeilmst", min_size=1, max_size=5), st.sampled_from(ENDS))


def has_phrase(text: str, phrase: Phrase) -> bool:
    """Decide it plainly: word by word."""
    words, (*before, last) = split_words(text), phrase.words
    wanted = [stem(word) for word in before]
    return any(
        has_beginning(words[at], last) and [stem(word) for word in words[at - len(wanted) : at]] == wanted
        for at in range(len(wanted), len(words))
    )


@given(WORDS, st.lists(WORDS, min_size=1, max_size=6), st.integers(1, 9))
def test_a_word_is_found_by_each_of_its_beginnings(word: str, others: list[str], length: int) -> None:
    phrase = Phrase((word[:length],), prefix=True)
    for text in (word, f"{' '.join(others)}, {word.upper()}.", " ".join(others)):
        assert BeginningFinder(phrase).is_in(text) == has_phrase(text, phrase)


@given(st.lists(WORDS, min_size=2, max_size=3), st.lists(WORDS, max_size=6))
def test_the_words_before_it_must_stand_before_it(words: list[str], others: list[str]) -> None:
    phrase = Phrase(tuple(words), prefix=True)
    for text in (" ".join(words), " ".join([*words[::-1], *others, *words]), " ".join(others)):
        assert BeginningFinder(phrase).is_in(text) == has_phrase(text, phrase)


@pytest.mark.parametrize(
    ("text", "words", "is_there"),
    [
        ("A caf\u00e9", ("caf",), True),
        ("\u00c9tude", ("etu",), True),
        ("sensibility", ("sensible",), True),
        ("happy", ("happi",), True),
        ("sizing images", ("size", "im"), True),
        ("a rend er", ("rendering",), False),
        ("re_image", ("im",), True),
        ("reimage", ("im",), False),
        ("one x image", ("one", "im"), False),
        ("ones imaging", ("one", "im"), True),
        ("", ("a",), False),
    ],
)
def test_a_beginning_is_that_of_a_whole_word(text: str, words: tuple[str, ...], is_there: bool) -> None:
    phrase = Phrase(words, prefix=True)
    assert BeginningFinder(phrase).is_in(text) is has_phrase(text, phrase) is is_there


@pytest.mark.parametrize(
    ("words", "prefix", "names"),
    [
        (("he",), False, ["Kaiming He", "K. He", "Bo-He Li"]),
        (("k", "he"), False, ["Kaiming He", "K. He"]),
        (("k",), False, ["K. He"]),
        (("he",), True, ["Kaiming He", "K. He", "Bo-He Li", "Anna Hesse"]),
        (("muller", "j"), False, ["J\u00fcrgen M\u00fcller"]),
        (("li", "he"), True, ["Bo-He Li"]),
    ],
)
def test_a_name_has_all_the_words_of_which_initials_and_beginnings_may_go_on(
    words: tuple[str, ...], names: list[str], *, prefix: bool
) -> None:
    known = ["Kaiming He", "K. He", "Bo-He Li", "J\u00fcrgen M\u00fcller", "Anna Hesse"]
    wanted = list_name_words(AuthorName(words, prefix))
    assert [one for one in known if is_name(one, wanted)] == names
