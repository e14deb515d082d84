"""A comparison as lines: only the words that differ, each reason once."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.model import Change, paper_id
from syncd.core.results import Comparison, NotCompared, SkippedDate
from syncd.report.diff import text as diff_text
from syncd.report.diff.text import mark_words
from syncd.report.terminal import paint
from tests.support.plain_text import strip_colour

START = date(2026, 6, 1)  # a Monday
PAPER = paper_id("2607.00001")


def change(code: str, ours: str | None, theirs: str | None, n: int = 0) -> Change:
    return Change(START + timedelta(n), code, PAPER, "abstract", ours, theirs)


def test_a_difference_is_shown_by_day_and_paper_with_its_meaning() -> None:
    found = change("abstract-changed", "one two three", "one 2 three")
    lines = list(map(strip_colour, diff_text.of_diff(Comparison((found,), 4, requests=4))))
    assert lines[:5] == [
        "2026-06-01  1 abstract-changed",
        "  2607.00001",
        "    fault  abstract-changed",
        "      - one [-two-] three",
        "      + one {+2+} three",
    ]
    assert any(line.startswith("abstract-changed: ") for line in lines)
    assert lines[-1] == "4 days compared: 1 difference; 4 requests"


def test_only_the_words_that_differ_are_marked_by_signs_and_colour() -> None:
    ours, theirs = mark_words("one two three", "one 2 three")
    assert ours == f"one {paint('ours', '[-two-]')} three"
    assert theirs == f"one {paint('theirs', '{+2+}')} three"


def test_words_far_from_a_difference_are_left_out() -> None:
    words = [f"w{n}" for n in range(100)]
    ours, theirs = mark_words(" ".join(words), " ".join([*words[:50], "new", *words[50:]]))
    assert strip_colour(ours) == "… w44 w45 w46 w47 w48 w49 w50 w51 w52 w53 w54 w55 …"
    assert strip_colour(theirs) == "… w44 w45 w46 w47 w48 w49 {+new+} w50 w51 w52 w53 w54 w55 …"


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_marking_keeps_every_differing_word(one: list[str], other: list[str]) -> None:
    ours, theirs = mark_words(" ".join(one), " ".join(other))
    if one != other:
        assert ours != theirs
    kept = re.sub(r"\[-|-\]", "", strip_colour(ours))
    assert [w for w in kept.split(" ") if w != "…" and w not in one] in ([], [""])


def test_four_hundred_differences_are_listed_and_more_are_counted() -> None:
    def show(count: int) -> list[str]:
        changes = tuple(change("title-changed", "a", "b", n) for n in range(count))
        return list(map(strip_colour, diff_text.of_diff(Comparison(changes, count))))

    assert not [line for line in show(400) if line.startswith("… and")]
    shown = show(401)
    assert "… and 1 more; --json lists all" in shown
    assert sum(line.startswith("    fault") for line in shown) == 400


def test_texts_that_differ_in_markup_only_are_shown_with_it() -> None:
    lines = list(
        map(strip_colour, diff_text.of_diff(Comparison((change("markup-only", "a &amp; b<br>", "a &amp; b"),), 1)))
    )
    assert "      - a &amp; [-b<br>-]" in lines


def test_what_was_not_compared_is_shown_once_for_each_reason() -> None:
    skipped = tuple(NotCompared(START + timedelta(n), "mailing", "too old") for n in range(9))
    lines = list(map(strip_colour, diff_text.of_diff(Comparison((), 0, skipped))))
    assert lines == [
        "not compared: mailing of 2026-06-01 … 2026-06-09 (9 dates): too old",
        "nothing was compared",
    ]


def test_dates_with_nothing_to_compare_are_one_line_with_their_reasons() -> None:
    skipped = (
        SkippedDate(START, "weekend"),
        SkippedDate(START + timedelta(1), "weekend"),
        SkippedDate(START + timedelta(2), "x"),
    )
    lines = list(map(strip_colour, diff_text.of_diff(Comparison((), 0, skipped=skipped))))
    assert lines == [
        "nothing to examine on 2026-06-01 2026-06-02: weekend; 2026-06-03: x",
        "nothing was compared",
    ]


def test_what_was_not_compared_is_not_called_equal() -> None:
    skipped = (NotCompared(START, "text of 2606.00001", "the API could not be asked"),)
    shown = list(map(strip_colour, diff_text.of_diff(Comparison((), 1, skipped))))
    assert shown[-1] == "1 day compared: no difference in what was compared"


def test_differences_of_less_weight_are_counted_and_not_called_none() -> None:
    assert list(map(strip_colour, diff_text.of_diff(Comparison((), 3, left_out=2)))) == [
        "3 days compared: 0 differences, 2 differences of less weight not shown"
    ]
