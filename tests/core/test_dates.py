"""arXiv's English dates are read and written alike on any machine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core import dates


def test_a_time_is_read_as_utc() -> None:
    assert dates.parse_time("Tue, 3 Apr 2007 22:04:11 GMT") == datetime(2007, 4, 3, 22, 4, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "Tue, 3 Avr 2007 22:04:11 GMT", "Tue, 3 Apr 2007 22:04:11 +0200", "Tue, 32 Apr 2007 22:04:11 GMT"]
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"no such time|day"):
        dates.parse_time(text)


def test_months_are_known_by_their_full_and_their_short_names() -> None:
    assert (dates.MONTH_NUMBERS["September"], dates.MONTH_NUMBERS["Sep"], len(dates.MONTH_NUMBERS)) == (9, 9, 23)


def test_a_refusal_quotes_the_first_forty_characters() -> None:
    with pytest.raises(ValueError, match=f"^no such time: '{'x' * 40}'$"):
        dates.parse_time("x" * 60)
