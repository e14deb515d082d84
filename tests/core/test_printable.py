"""Foreign text made safe to print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.printable import is_printable, printable


@given(st.text() | st.text(alphabet="".join(map(chr, range(129)))))
def test_a_text_is_printable_where_python_says_so(text: str) -> None:
    assert is_printable(text) == text.isprintable()


@given(st.text())
def test_printable_text_is_one_line_without_controls(sly: str) -> None:
    assert printable(sly).replace("\u200c", "").replace("\u200d", "").isprintable()


@pytest.mark.parametrize(
    "text_",
    ["strip_colour text", "Schrödinger’s α … 漢字", "👩\u200d🔬", "👩🏽\u200d🚀 👁️\u200d🗨️", "می\u200cخواهم", "क्\u200dष"],
)
def test_printable_text_stays_as_it_is(text_: str) -> None:
    assert printable(text_) == text_


@pytest.mark.parametrize("text_", ["a\u200db", "\u200d", "👩\u200d", "\u200d👩", "👩\u200d\u200d🔬", "👩\u202e🔬"])
def test_a_joiner_that_joins_nothing_is_shown_as_an_escape(text_: str) -> None:
    assert "\\u20" in printable(text_)
