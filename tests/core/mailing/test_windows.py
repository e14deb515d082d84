from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.mailing import (
    NEW_YORK,
    REACH,
    announced_at,
    calendar,
    due_between,
    is_due,
    listing_date,
    newest_due,
    next_announcement,
    window,
)
from syncd.core.model import PaperId, id_month

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALENDAR = calendar()
DATES = st.dates(date(2019, 12, 1), date(2028, 1, 31))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


def freeze_day(day: date) -> date:
    """The day on which the window of a listing closed, by New York's clock."""
    return window(day, CALENDAR)[1].astimezone(NEW_YORK).date()


def new_york(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)  # type: ignore[arg-type, misc]


@pytest.mark.shared
def test_seen_blocks_lie_on_listing_days_and_carry_the_month_of_the_freeze(shared: Path) -> None:
    with (shared / "truth" / "blocks.csv").open() as rows:
        blocks = list(csv.DictReader(rows))
    found: Counter[str] = Counter()
    for block in blocks:
        day = date.fromisoformat(block["listing_date"])
        assert is_due(day, CALENDAR)
        frozen = freeze_day(day)
        for edge in (block["first_id_seen"], block["last_id_seen"]):
            found["right" if id_month(PaperId(edge)) == (frozen.year, frozen.month) else edge] += 1
    assert found == {"right": 842}


@pytest.mark.shared
def test_naive_rule_on_the_first_version_is_right_for_most_and_never_too_late(shared: Path) -> None:
    with (shared / "truth" / "announced_v1.csv").open() as rows:
        papers = [row for row in csv.DictReader(rows) if row["section"] == "new" or row["id"].startswith("24")]
    off = [
        date.fromisoformat(row["listing_date"]) - listing_date(datetime.fromisoformat(row["v1_utc"]), CALENDAR)
        for row in papers
    ]
    assert min(off) == timedelta(0)
    assert sum(not late for late in off) / len(off) > 0.97


@pytest.mark.parametrize(
    ("submitted", "listed"),
    [
        (new_york(2021, 4, 5, 13, 59, 59), date(2021, 4, 6)),
        (new_york(2021, 4, 5, 14, 0, 0), date(2021, 4, 7)),
        (new_york(2021, 4, 8, 14, 0, 0), date(2021, 4, 12)),  # Thursday to Friday: announced on Sunday, dated Monday
        (new_york(2021, 4, 9, 13, 59, 59), date(2021, 4, 12)),
        (new_york(2021, 4, 9, 14, 0, 0), date(2021, 4, 13)),  # the weekend's window
        (new_york(2021, 4, 11, 23, 0, 0), date(2021, 4, 13)),
        (new_york(2020, 11, 25, 15, 0, 0), date(2020, 11, 30)),  # Thanksgiving's window merges into Monday's
        (new_york(2020, 11, 26, 15, 0, 0), date(2020, 11, 30)),
        (new_york(2026, 6, 18, 15, 0, 0), date(2026, 6, 23)),
        (datetime(2021, 1, 5, 18, 59, 59, tzinfo=UTC), date(2021, 1, 6)),  # 14:00 is 19:00 UTC in winter
        (datetime(2021, 1, 5, 19, 0, 0, tzinfo=UTC), date(2021, 1, 7)),
        (datetime(2021, 7, 6, 17, 59, 59, tzinfo=UTC), date(2021, 7, 7)),  # and 18:00 UTC in summer
        (datetime(2021, 7, 6, 18, 0, 0, tzinfo=UTC), date(2021, 7, 8)),
        (datetime(2021, 3, 15, 18, 0, 0, tzinfo=UTC), date(2021, 3, 17)),  # the Monday after clocks went forward
        (datetime(2021, 11, 8, 18, 59, 59, tzinfo=UTC), date(2021, 11, 9)),  # and the one after they went back
        (datetime(2021, 7, 6, 23, 0, 0, tzinfo=timezone(timedelta(hours=5, minutes=30))), date(2021, 7, 7)),
    ],
)
def test_submission_moment_decides_the_listing(submitted: datetime, listed: date) -> None:
    assert listing_date(submitted, CALENDAR) == listed


@given(MOMENTS)
def test_submission_lies_in_the_window_of_its_listing(submitted: datetime) -> None:
    start, end = window(listing_date(submitted, CALENDAR), CALENDAR)
    assert start <= submitted < end


@given(DATES, st.integers(1, 60))
def test_windows_follow_one_another_without_gap_or_overlap(since: date, length: int) -> None:
    windows = [window(day, CALENDAR) for day in due_between(CALENDAR, since, since + timedelta(days=length))]
    assert [end for _, end in windows[:-1]] == [start for start, _ in windows[1:]]


def test_window_of_a_listing_after_a_holiday_holds_both() -> None:
    assert window(date(2020, 11, 30), CALENDAR) == (
        datetime(2020, 11, 25, 19, tzinfo=UTC),
        datetime(2020, 11, 27, 19, tzinfo=UTC),
    )


def test_window_keeps_new_yorks_hour_over_a_change_of_clocks() -> None:
    assert window(date(2021, 3, 16), CALENDAR) == (
        datetime(2021, 3, 12, 19, tzinfo=UTC),
        datetime(2021, 3, 15, 18, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("listed", "frozen"),
    [
        (date(2022, 1, 3), date(2021, 12, 31)),
        (date(2020, 4, 2), date(2020, 4, 1)),
        (date(2020, 12, 24), date(2020, 12, 23)),
        (date(2021, 1, 22), date(2021, 1, 21)),
        (date(2021, 4, 7), date(2021, 4, 6)),
        (date(2023, 1, 18), date(2023, 1, 17)),
    ],
)
def test_freeze_is_the_weekday_before_the_listing(listed: date, frozen: date) -> None:
    assert freeze_day(listed) == frozen


@pytest.mark.parametrize("day", [date(2021, 4, 10), date(2020, 11, 27)])
def test_day_without_listing_has_no_window(day: date) -> None:
    with pytest.raises(ValueError, match=str(day)):
        window(day, CALENDAR)


@pytest.mark.parametrize(
    ("listed", "announced"),
    [
        (date(2021, 1, 6), datetime(2021, 1, 6, 1, tzinfo=UTC)),
        (date(2021, 7, 7), datetime(2021, 7, 7, 0, tzinfo=UTC)),
        (date(2021, 7, 12), datetime(2021, 7, 12, 0, tzinfo=UTC)),  # Sunday evening
    ],
)
def test_announcement_is_at_eight_on_the_evening_before(listed: date, announced: datetime) -> None:
    assert announced_at(listed) == announced


@pytest.mark.parametrize(
    ("now", "newest", "following"),
    [
        (new_york(2021, 4, 6, 19, 59, 59), date(2021, 4, 6), new_york(2021, 4, 6, 20)),
        (new_york(2021, 4, 6, 20, 0, 0), date(2021, 4, 7), new_york(2021, 4, 7, 20)),
        (new_york(2021, 4, 7, 0, 30, 0), date(2021, 4, 7), new_york(2021, 4, 7, 20)),
        (new_york(2021, 4, 9, 21, 0, 0), date(2021, 4, 9), new_york(2021, 4, 11, 20)),
        (new_york(2021, 4, 11, 20, 0, 0), date(2021, 4, 12), new_york(2021, 4, 12, 20)),
        (new_york(2020, 11, 26, 21, 0, 0), date(2020, 11, 26), new_york(2020, 11, 29, 20)),
        (datetime(2026, 6, 22, 2, 0, tzinfo=UTC), date(2026, 6, 19), new_york(2026, 6, 22, 20)),
    ],
)
def test_newest_due_listing_and_the_next_announcement(now: datetime, newest: date, following: datetime) -> None:
    assert newest_due(now, CALENDAR) == newest
    assert next_announcement(now, CALENDAR) == following


@given(MOMENTS)
def test_now_lies_between_the_newest_announcement_and_the_next(now: datetime) -> None:
    assert announced_at(newest_due(now, CALENDAR)) <= now < next_announcement(now, CALENDAR)


@pytest.mark.parametrize("question", [listing_date, newest_due, next_announcement])
def test_naive_moment_is_refused(question: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        question(datetime(2021, 4, 6, 12), CALENDAR)  # noqa: DTZ001


def test_catchup_pages_are_requested_ninety_days_back_one_day_fewer_than_arxiv_serves() -> None:
    assert timedelta(days=90) == REACH
