"""The one health rule: silent on holidays and while a mailing may still come, raised at the first one really missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import health
from syncd.core.coverage import DayReport
from syncd.core.health import Hours
from syncd.core.mailing import NEW_YORK, announced_at, calendar, list_possible_closings
from syncd.core.model import State

HOURS = Hours(NEW_YORK, time(20), time(6))
TUESDAY = date(2026, 3, 10)


def report(day: date, state: State) -> DayReport:
    held = 3 if state in {State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED} else None
    return DayReport(day, state, held, None, None, "test", "a reason")


def judged(now: datetime, *reports: DayReport) -> health.Health:
    return health.assess(reports, now, HOURS)


def in_the_unlisted_year(now: datetime, *reports: DayReport) -> list[date]:
    possible = list_possible_closings(calendar(), date(2026, 12, 1), date(2028, 12, 31))
    return [r.day for r in health.assess(reports, now, HOURS, possible).missed]


MLK = date(2027, 1, 19)
"""The listing that would be announced on the evening of Martin Luther King Day, 2027."""


def test_a_possible_closing_of_an_unlisted_year_is_no_miss_before_a_second_sign() -> None:
    held = report(date(2027, 1, 18), State.COMPLETE)
    silent, next_one = report(MLK, State.PENDING), report(date(2027, 1, 20), State.PENDING)
    assert in_the_unlisted_year(new_york(MLK, 7), held, silent) == []
    assert in_the_unlisted_year(new_york(date(2027, 1, 20), 5), held, silent, next_one) == []
    assert in_the_unlisted_year(new_york(date(2027, 1, 20), 7), held, silent, next_one) == [MLK, date(2027, 1, 20)]
    newer = report(date(2027, 1, 20), State.COMPLETE)
    assert in_the_unlisted_year(new_york(date(2027, 1, 20), 1), held, silent, newer) == [MLK]
    assert in_the_unlisted_year(new_york(MLK, 7), held, report(MLK, State.PARTIAL)) == [MLK]


def test_another_date_of_an_unlisted_year_is_missed_at_once() -> None:
    day = date(2027, 3, 10)
    assert in_the_unlisted_year(new_york(day, 7), report(day, State.PENDING)) == [day]


def test_two_closings_in_a_row_are_possible_at_the_end_of_an_unlisted_year_and_three_are_not() -> None:
    silent = [report(date(2027, 12, n), State.PENDING) for n in (29, 30, 31)]
    assert in_the_unlisted_year(new_york(date(2027, 12, 30), 7), *silent) == []
    assert len(in_the_unlisted_year(new_york(date(2027, 12, 31), 7), *silent)) == 3


def new_york(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


def test_a_mailing_is_missed_from_the_moment_on_at_which_polling_ends() -> None:
    assert judged(new_york(TUESDAY, 5, 59), report(TUESDAY, State.PENDING)).missed == ()
    missed = judged(new_york(TUESDAY, 6), report(TUESDAY, State.PENDING))
    assert [r.day for r in missed.missed] == [TUESDAY]
    assert health.list_troubles(missed)


@pytest.mark.parametrize("state", [State.NO_MAILING, State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED, State.FUTURE])
def test_a_date_that_waits_for_nothing_is_never_missed(state: State) -> None:
    assert not health.list_troubles(judged(new_york(TUESDAY, 23), report(TUESDAY, state)))


@pytest.mark.parametrize("state", [State.PARTIAL, State.FAILED])
def test_a_rejected_page_is_no_miss_until_polling_ends(state: State) -> None:
    assert not health.list_troubles(judged(new_york(TUESDAY, 1), report(TUESDAY, state)))
    assert health.list_troubles(judged(new_york(TUESDAY, 7), report(TUESDAY, state)))


def test_a_conflict_needs_a_person_at_once() -> None:
    found = judged(new_york(TUESDAY, 1), report(TUESDAY, State.CONFLICT))
    assert [trouble.code for trouble in health.list_troubles(found)] == ["conflict"]
    assert health.list_troubles(found)


def test_a_date_beyond_the_reach_of_listing_pages_waits_for_a_backfill_without_an_alarm() -> None:
    found = judged(new_york(TUESDAY, 7), report(TUESDAY - timedelta(days=91), State.PENDING))
    assert not health.list_troubles(found)
    assert found.waiting == 1


def test_every_missed_date_is_a_trouble_of_its_own_with_the_command_that_helps() -> None:
    wednesday = TUESDAY + timedelta(days=1)
    found = judged(new_york(wednesday, 7), report(wednesday, State.PENDING), report(TUESDAY, State.FAILED))
    assert [t.key for t in health.list_troubles(found)] == ["mailing-missed 2026-03-10", "mailing-missed 2026-03-11"]
    assert [t.help for t in health.list_troubles(found)] == ["syncd sync 2026-03-10", "syncd sync 2026-03-11"]


def test_hours_in_another_zone_mean_the_same_evening() -> None:
    berlin = Hours(ZoneInfo("Europe/Berlin"), time(2), time(12))
    assert berlin.window(TUESDAY)[0] == announced_at(TUESDAY).replace(hour=21)  # Berlin changes its clocks later
    assert berlin.window(TUESDAY)[1] == datetime(2026, 3, 10, 11, tzinfo=UTC)


def test_polling_may_begin_after_midnight_and_never_before_the_announcement() -> None:
    late, early = Hours(NEW_YORK, time(0, 30), time(6)), Hours(NEW_YORK, time(18), time(6))
    assert late.window(TUESDAY) == (new_york(TUESDAY, 0, 30), new_york(TUESDAY, 6))
    assert early.window(TUESDAY) == HOURS.window(TUESDAY)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.times(), st.times())
def test_a_window_begins_within_half_a_day_of_the_announcement_and_is_never_empty(day: date, a: time, b: time) -> None:
    begin, end = Hours(NEW_YORK, a.replace(tzinfo=None), b.replace(tzinfo=None)).window(day)
    announced = announced_at(day).astimezone(UTC)
    assert announced <= begin <= announced + timedelta(hours=13)
    assert timedelta(0) < end - begin <= timedelta(hours=25)


@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 11, 2)])
def test_the_night_in_which_clocks_change_has_a_window_of_its_real_length(day: date) -> None:
    # Clocks change on Sunday morning; the mailing of Monday is announced on Sunday evening, after it.
    begin, end = HOURS.window(day)
    assert end - begin == timedelta(hours=10)


@pytest.mark.parametrize(("age", "missed", "waiting"), [(90, 1, 0), (91, 0, 1)])
def test_a_missing_mailing_raises_an_alarm_for_ninety_days(age: int, missed: int, waiting: int) -> None:
    found = judged(new_york(TUESDAY, 7), report(TUESDAY - timedelta(days=age), State.PENDING))
    assert (len(found.missed), found.waiting) == (missed, waiting)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
def test_the_reach_of_listing_pages_counts_from_the_date_in_new_york(zone: str) -> None:
    hours = Hours(ZoneInfo(zone), time(20), time(6))
    oldest = TUESDAY - timedelta(days=90)
    reports = [report(oldest - timedelta(days=1), State.PENDING), report(oldest, State.PENDING)]
    for hour in (0, 23):
        found = health.assess(reports, new_york(TUESDAY, hour), hours)
        assert ([each.day for each in found.missed], found.waiting) == ([oldest], 1)


def test_a_complete_date_beyond_reach_does_not_wait() -> None:
    assert judged(new_york(TUESDAY, 7), report(TUESDAY - timedelta(days=91), State.COMPLETE)).waiting == 0


def test_health_is_bad_with_a_missed_date_or_a_conflict_alone() -> None:
    conflict = judged(new_york(TUESDAY, 1), report(TUESDAY, State.CONFLICT))
    missed = judged(new_york(TUESDAY, 7), report(TUESDAY, State.PENDING))
    assert (conflict.missed, len(health.list_troubles(conflict))) == ((), 1)
    assert (missed.conflicts, len(health.list_troubles(missed))) == ((), 1)


@pytest.mark.parametrize(("begin", "hour"), [(time(8), 20), (time(7, 59), 7)])
def test_polling_hours_more_than_twelve_hours_before_the_announcement_belong_to_the_next_day(
    begin: time, hour: int
) -> None:
    assert Hours(NEW_YORK, begin, time(6)).window(TUESDAY)[0].astimezone(NEW_YORK).hour == hour


def test_polling_that_ends_when_it_begins_lasts_a_day() -> None:
    begin, end = Hours(NEW_YORK, time(20), time(20)).window(TUESDAY)
    assert end - begin == timedelta(days=1)
