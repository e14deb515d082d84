"""Foreign text made safe to print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.printable import printable


@given(st.text())
def test_printable_text_is_one_line_without_controls(sly: str) -> None:
    assert printable(sly).isprintable()


@pytest.mark.parametrize("text_", ["strip_colour text", "Schrödinger’s α … 漢字"])
def test_printable_text_stays_as_it_is(text_: str) -> None:
    assert printable(text_) == text_
