"""The Retry-After header, read against the response's own date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.web.retry_after import read_retry_after

NOON = datetime(2026, 8, 7, 12, tzinfo=UTC)
DATE = "Fri, 07 Aug 2026 12:00:00 GMT"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CENTURY = timedelta(days=36_500)


@pytest.mark.parametrize(
    ("values", "date", "span"),
    [
        (["120"], DATE, 120 * SECOND),
        ([" 120\t"], DATE, 120 * SECOND),
        (["1.5"], DATE, 2 * SECOND),
        (["1.0"], DATE, 2 * SECOND),
        (["1."], DATE, None),
        (["0"], DATE, timedelta(0)),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], DATE, 5 * MINUTE),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], "Fri, 07 Aug 2026 12:04:00 GMT", MINUTE),
        (["Friday, 07-Aug-26 12:05:00 GMT"], DATE, 5 * MINUTE),
        (["Fri Aug  7 12:05:00 2026"], DATE, 5 * MINUTE),
        (["Fri, 07 Aug 2026 14:05:00 +0200"], DATE, 5 * MINUTE),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], None, 5 * MINUTE),
        (["Fri, 07 Aug 2026 12:05:00 GMT"], "yesterday", 5 * MINUTE),
        (["Fri, 07 Aug 2026 11:05:00 GMT"], DATE, timedelta(0)),
        (["soon"], DATE, None),
        (["-5"], DATE, None),
        (["٣"], DATE, None),
        ([""], DATE, None),
        ([], DATE, None),
        (["10", "300"], DATE, 300 * SECOND),
        (["soon", "300"], DATE, 300 * SECOND),
    ],
)
def test_retry_after_is_read_against_the_date_of_the_response(
    values: list[str], date: str | None, span: timedelta | None
) -> None:
    assert read_retry_after(values, date, NOON) == span


def test_wrong_clock_here_does_not_change_what_a_date_asks_for() -> None:
    wrong = NOON + timedelta(days=3)
    assert read_retry_after(["Fri, 07 Aug 2026 12:05:00 GMT"], DATE, wrong) == 5 * MINUTE


@pytest.mark.parametrize(
    ("value", "span"),
    [
        (str(36_500 * 86_400 - 1), CENTURY - SECOND),
        (str(36_500 * 86_400), CENTURY),
        (str(36_500 * 86_400 + 1), CENTURY),
        ("9" * 18, CENTURY),
        ("9" * 5000, CENTURY),
        ("0" * 5000 + "7", 7 * SECOND),
        ("Fri, 31 Dec 9999 23:59:59 GMT", CENTURY),
        ("Fri, 31 Dec 9999 23:59:59 -2359", CENTURY),
        ("Mon, 01 Jan 0001 00:00:00 +2359", timedelta(0)),
    ],
)
def test_absurd_wish_is_a_century_and_no_failure(value: str, span: timedelta | None) -> None:
    assert read_retry_after([value], DATE, NOON) == span


@given(st.integers(0, 10**7))
def test_seconds_and_the_same_moment_as_a_date_agree(seconds: int) -> None:
    moment = format_datetime(NOON + seconds * SECOND, usegmt=True)
    assert read_retry_after([moment], DATE, NOON) == read_retry_after([str(seconds)], DATE, NOON) == seconds * SECOND


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_header_is_read_without_failure(value: str, date: str) -> None:
    span = read_retry_after([value], date, NOON)
    assert span is None or span >= timedelta(0)
