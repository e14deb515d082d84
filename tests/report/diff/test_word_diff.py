"""Two texts compared word by word."""

from __future__ import annotations

import pytest

from syncd.report.diff.word_diff import compare_words


@pytest.mark.parametrize(("length", "runs"), [(4000, 2), (4001, 1)])
@pytest.mark.parametrize("longer", ["ours", "theirs"])
def test_texts_of_up_to_four_thousand_words_are_compared_word_by_word(length: int, runs: int, longer: str) -> None:
    texts = (" ".join(["w"] * length), "w")
    found = compare_words(*texts) if longer == "ours" else compare_words(*reversed(texts))
    assert len(found) == runs


def test_texts_that_are_too_long_are_equal_or_not_as_a_whole() -> None:
    text = " ".join(["w"] * 4001)
    assert [run.equal for run in compare_words(text, text)] == [True]
    assert [run.equal for run in compare_words(text, text + " more")] == [False]
