"""Whether the words of authors say that a paper was withdrawn from arXiv."""

from __future__ import annotations

import pytest

from syncd.core.withdrawals import says_withdrawn


@pytest.mark.parametrize(
    "text",
    [
        "This paper has been withdrawn by the author due to an error in Lemma 2",
        "this paper\n  has been withdrawn",
        "Withdrawn",
        "Paper withdrawn: the data were wrong",
        "arXiv admin note: This submission has been withdrawn by arXiv administrators",
        "The authors have withdrawn this paper.",
        "This article was withdrawn from arXiv",
    ],
)
def test_a_withdrawal_is_recognised(text: str) -> None:
    assert says_withdrawn(text)
    assert says_withdrawn(None, "", text)


@pytest.mark.parametrize(
    "text",
    [
        "12 pages; the dataset was withdrawn",
        "Withdrawn from ICLR 2025",
        "This paper has been withdrawn from the workshop, 9 pages",
        "We study withdrawn consent",
        "",
        None,
    ],
)
def test_other_words_are_no_withdrawal(text: str | None) -> None:
    assert not says_withdrawn(text)
