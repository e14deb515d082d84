"""Paragraphs that the API lost: found again in another text of the paper, none invented, and unknown where nothing shows them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.model import Paragraphs
from syncd.core.paragraphs import fold_paragraphs, restore_paragraphs
from tests.support.revised_abstracts import measure

KEPT, RECOVERED, UNKNOWN = Paragraphs
FIRST = "Pictures of harbours are many. Few of them show a lamp at night."
SECOND = "We ask which lamp was lit first. The answer needs one picture only."
THIRD = "Code is at our site. It runs on a small machine."
WORDS = [*"abcdefghijklmno", "lamp", "harbour", "shadow", "method"]


def join(*paragraphs: str) -> str:
    return " <br>".join(paragraphs)


def restore(announced: str, later: str) -> tuple[str, Paragraphs]:
    found = restore_paragraphs(fold_paragraphs(announced), [later])
    return found.text, found.paragraphs


REVISED = {
    "a word changed": join(FIRST.replace("many", "rare"), SECOND),
    "a word of the first sentence of the paragraph changed": join(FIRST, SECOND.replace("lit first", "lit last")),
    "a word before the paragraph changed": join(FIRST.replace("night", "noon"), SECOND),
    "a sentence was added before the paragraph": join(f"{FIRST} None is old.", SECOND),
    "a sentence was added at the end": join(FIRST, f"{SECOND} It is right."),
    "a paragraph was added": join(FIRST, SECOND, THIRD),
    "the first paragraph was written anew": join("Lamps are rarely seen. Few are lit.", SECOND),
    "a sentence was added at the begin of the paragraph": join(FIRST, f"None is old. {SECOND}"),
    "a sentence that begins as the paragraph does was added before it": join(f"{FIRST} We ask for more.", SECOND),
    "two sentences were joined": join(FIRST, SECOND.replace(". The answer", ", and the answer")),
    "the begin of the paragraph was removed": join(FIRST, SECOND.replace("We ask which", "Which")),
    "the first words of the paragraph were removed": join(FIRST, SECOND.replace("We ask which lamp", "lamp")),
    "the rest of the paragraph was written anew": join(FIRST, "We ask which lamp was lit first. It takes a day."),
}


@pytest.mark.parametrize("later", REVISED.values(), ids=REVISED)
def test_a_paragraph_that_begins_with_the_same_sentence_begins_where_it_did(later: str) -> None:
    announced = join(FIRST, SECOND)
    assert restore(announced, later)[0] == announced


def test_equal_words_take_the_paragraphs_of_the_other_text() -> None:
    assert restore(join(FIRST, SECOND, THIRD), join(FIRST, SECOND, THIRD)) == (join(FIRST, SECOND, THIRD), RECOVERED)
    assert restore(FIRST, FIRST) == (FIRST, KEPT)
    older = restore_paragraphs(f"{FIRST} {SECOND}", [join(FIRST, SECOND), THIRD])
    assert (older.text, older.paragraphs) == (join(FIRST, SECOND), RECOVERED)


def test_a_text_that_has_paragraphs_or_nothing_to_compare_stays_as_it_is() -> None:
    assert restore_paragraphs(join(FIRST, SECOND), [THIRD]).text == join(FIRST, SECOND)
    alone = restore_paragraphs(f"{FIRST} {SECOND}", [])
    assert (alone.text, alone.paragraphs) == (f"{FIRST} {SECOND}", UNKNOWN)


@pytest.mark.parametrize(
    ("announced", "later"),
    [
        (f"{FIRST} {SECOND}", join(FIRST, THIRD)),  # the paragraph is new
        (
            f"{FIRST} {THIRD} {SECOND}",
            join(FIRST, SECOND),
        ),  # what was removed may have ended the one or begun the other
        (
            f"{FIRST} {THIRD} {SECOND}",
            join(f"Few are old. {FIRST}", SECOND),
        ),  # a sentence was added elsewhere
        (
            f"{FIRST} Boats come. {SECOND}",
            join(FIRST, "Here is more. None of it is old.", SECOND),
        ),  # a paragraph was added in its place
        (f"{FIRST} {SECOND}", join(FIRST, "Boats come. They go.")),  # nothing after it is the same
        (f"{FIRST} A lamp at night. {SECOND}", join(FIRST, SECOND)),  # the same words before it by chance
        (f"{SECOND} {FIRST}", join(FIRST, SECOND)),  # a text begins with it
    ],
)
def test_what_is_not_sure_is_not_carried_over_and_unknown(announced: str, later: str) -> None:
    text, paragraphs = restore(announced, later)
    assert text == announced
    assert paragraphs is UNKNOWN


def test_paragraphs_are_known_where_the_ends_of_all_sentences_are_the_same() -> None:
    announced = f"{FIRST} {SECOND}"
    assert restore(announced, announced.replace("lamp at", "light at")) == (announced, RECOVERED)
    assert restore(announced, announced.replace("night.", "noon.")) == (announced, UNKNOWN)
    assert restore(join(FIRST, SECOND), join(FIRST.replace("many", "rare"), SECOND))[1] is UNKNOWN
    assert restore(join(FIRST, SECOND), join(FIRST.replace("a lamp", "one lamp"), SECOND))[1] is RECOVERED


def test_a_paragraph_whose_first_sentence_was_written_anew_is_not_guessed() -> None:
    announced = join(FIRST, SECOND)
    assert restore(announced, join(FIRST, SECOND.replace("We ask which lamp was lit", "Boats come")))[1] is UNKNOWN


def test_no_paragraph_begins_inside_a_link() -> None:
    link = '<a class="link-external link-https" href="https://u.example" rel="external noopener nofollow">this https URL</a>'
    announced = join(f"{FIRST} See {link}.", f"{link} has more. {SECOND}")
    assert restore(announced, f"{announced} {THIRD}")[0] == announced


TEXTS = st.lists(st.sampled_from([*"abc", "a.", "b.", "<br>a", "<br>b.", '<a href="x">u</a>.']), min_size=1).map(
    " ".join
)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_nothing_but_paragraphs_is_ever_changed(announced: str, others: list[str]) -> None:
    folded = fold_paragraphs(announced).removeprefix("<br>")
    found = restore_paragraphs(folded, others)
    assert fold_paragraphs(found.text) == folded
    assert found.text.count("<br>") <= max((other.count("<br>") for other in others), default=0)


def make_sentence(chance: Random) -> str:
    return f"{' '.join(chance.choices(WORDS, k=chance.randint(6, 18))).capitalize()}."


def test_nine_of_ten_paragraphs_of_a_history_are_right_and_none_is_invented() -> None:
    chance = Random(11)
    found = measure(chance, [make_sentence(chance) for _ in range(2000)], 1200)
    assert found["begins"] > 1400
    assert found["right"] > 0.9 * found["begins"]
    assert found["invented"] == found["unmarked"] == 0
