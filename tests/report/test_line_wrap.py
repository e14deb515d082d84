"""Lines wrapped for a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.report.line_wrap import measure_width, wrap_lines, wrap_prose
from syncd.report.terminal import paint
from tests.support.plain_text import strip_colour


def wrap(text: str, width: int) -> list[str]:
    return list(wrap_lines([text], width))


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert wrap("two  columns ", 13) == ["two  columns "]


def test_a_sentence_goes_on_a_little_to_the_right() -> None:
    assert wrap("one two three four", 10) == ["one two", "  three", "  four"]
    assert wrap("  one two three", 10) == ["  one two", "    three"]
    assert wrap("  - one two three", 10) == ["  - one", "    two", "    three"]


def test_a_line_of_a_table_goes_on_below_its_column() -> None:
    assert wrap("2026-07-01  failed  the page ends in the middle", 40) == [
        "2026-07-01  failed  the page ends in the",
        "                    middle",
    ]
    assert wrap("2026-07-01  reconstructed  here and there", 30)[1] == " " * 12 + "here and there"


def test_a_word_longer_than_the_line_is_never_broken() -> None:
    address = "https://arxiv.org/catchup/cs.CV/2026-07-01?abs=True"
    assert wrap(f"see {address} first", 20) == ["see", address, "  first"]
    assert wrap_prose(f"see {address}-and-more", 20) == ["see", f"{address}-and-more"]


def test_a_colour_is_ended_with_the_line_and_begun_again_on_the_next() -> None:
    red = paint("fault", "one two three")
    assert wrap(red, 8) == ["\x1b[31mone two\x1b[0m", "  \x1b[31mthree\x1b[0m"]


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert [measure_width(text) for text in ("abc", "日本", "e\u0301", paint("fault", "ab"))] == [3, 4, 1, 2]


@given(st.lists(st.text("ab-.", min_size=1, max_size=9), min_size=1, max_size=20), st.integers(12, 40))
def test_no_word_is_lost_or_broken_and_every_line_fits(words: list[str], width: int) -> None:
    lines = wrap(" ".join(words), width)
    assert " ".join(map(strip_colour, lines)).split() == words
    assert all(measure_width(line) <= width for line in lines)
