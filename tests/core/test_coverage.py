"""The ledger: exactly one state for every date, whatever is known of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import coverage, mailing
from syncd.core.mailing import NEW_YORK, announced_at
from syncd.core.model import Finding, Mailing, State

HELD = (State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED)
FOUND = (State.CONFLICT, State.FAILED, State.PARTIAL, State.NO_MAILING, State.PENDING)
WEDNESDAY, SATURDAY, HOLIDAY = date(2026, 7, 8), date(2026, 7, 11), date(2026, 7, 6)
ORDER = ["conflict", "failed", "partial", "complete", "adopted", "reconstructed", "no-mailing", "pending", "future"]


def held_as(day: date, state: State) -> Mailing:
    return Mailing(day, state, "source", f"held {state}", None, "0" * 64, 6, 3, 2, 1, datetime(2026, 7, 9, tzinfo=UTC))


def found_as(day: date, state: State) -> Finding:
    return Finding(day, state, "source", f"found {state}")


def report(day: date, now: datetime, held: State | None = None, found: State | None = None) -> coverage.DayReport:
    days = mailing.days(mailing.calendar(), day, day)
    mailings = {day: held_as(day, held)} if held else {}
    findings = {day: found_as(day, found)} if found else {}
    (only,) = coverage.report_days(days, mailings, findings, now)
    return only


NOON = datetime(2026, 7, 15, 16, tzinfo=UTC)


def test_the_states_rank_as_the_contract_has_them() -> None:
    assert [state.value for state in State] == ORDER


@pytest.mark.parametrize(("held", "found"), list(product(HELD, FOUND)))
def test_of_a_mailing_and_a_finding_the_first_in_rank_is_the_state(held: State, found: State) -> None:
    shown = report(WEDNESDAY, NOON, held, found)
    assert shown.state is min(held, found, key=ORDER.index)
    assert shown.evidence == (f"held {held}" if shown.state is held else f"found {found}")
    assert (shown.papers, shown.new, shown.cross) == (3, 2, 1)


@pytest.mark.parametrize("found", FOUND)
def test_of_a_finding_alone_nothing_is_counted(found: State) -> None:
    shown = report(WEDNESDAY, NOON, found=found)
    assert (shown.state, shown.papers, shown.evidence) == (found, None, f"found {found}")


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("day", [SATURDAY, HOLIDAY, date(2026, 8, 3)])
def test_a_mailing_is_held_whatever_calendar_and_clock_say(day: date, held: State) -> None:
    assert report(day, NOON, held).state is held


def test_weekends_and_holidays_have_no_mailing_and_say_why() -> None:
    assert (report(SATURDAY, NOON).state, report(SATURDAY, NOON).evidence) == (State.NO_MAILING, "weekend")
    assert report(HOLIDAY, NOON).state is State.NO_MAILING
    assert report(HOLIDAY, NOON).evidence
    assert report(date(2026, 8, 1), NOON).state is State.NO_MAILING


def test_a_wait_for_a_page_of_a_day_that_has_none_is_over() -> None:
    assert report(SATURDAY, NOON, found=State.PENDING).state is State.NO_MAILING


@pytest.mark.parametrize("day", [WEDNESDAY, date(2026, 3, 9), date(2026, 3, 10), date(2026, 11, 2), date(2026, 11, 3)])
def test_a_date_is_pending_from_the_evening_before_in_summer_and_winter(day: date) -> None:
    moment = announced_at(day)
    assert report(day, moment - timedelta(microseconds=1)).state is State.FUTURE
    assert report(day, moment).state is State.PENDING
    assert moment.astimezone(NEW_YORK).hour == 20


@given(st.datetimes(datetime(2019, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_the_newest_possible_date_is_the_last_one_announced(now: datetime) -> None:
    newest = coverage.newest_possible(now)
    assert announced_at(newest) <= now < announced_at(newest + timedelta(days=1))


@given(
    st.dates(date(2019, 12, 20), date(2027, 1, 10)),
    st.sets(st.integers(0, 20)),
    st.dictionaries(st.integers(0, 20), st.sampled_from(FOUND)),
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_date_has_one_state_with_evidence(
    first: date, held: set[int], found: dict[int, State], now: datetime
) -> None:
    last = first + timedelta(days=20)
    days = [first + timedelta(days=number) for number in range(21)]
    mailings = {days[number]: held_as(days[number], State.ADOPTED) for number in held}
    findings = {days[number]: found_as(days[number], state) for number, state in found.items()}
    reports = coverage.report_days(mailing.days(mailing.calendar(), first, last), mailings, findings, now)
    assert [one.day for one in reports] == days
    assert all(one.evidence and one.source for one in reports)
    assert {one.day for one in reports if one.papers is not None} == mailings.keys()


def test_the_first_and_the_last_date_of_all_have_a_state() -> None:
    assert report(date.min, NOON).state is State.PENDING
    assert report(date.max, NOON).state is State.FUTURE


def test_gaps_are_the_open_dates_before_the_newest_held() -> None:
    first = date(2026, 7, 7)
    held = {day: held_as(day, State.COMPLETE) for day in (date(2026, 7, 9), first)}
    findings = {date(2026, 7, 8): found_as(date(2026, 7, 8), State.PARTIAL)}
    reports = coverage.report_days(mailing.days(mailing.calendar(), HOLIDAY, date(2026, 7, 15)), held, findings, NOON)
    assert coverage.newest_held(reports) == date(2026, 7, 9)
    assert coverage.list_gaps(reports) == (date(2026, 7, 8),)
    assert coverage.list_gaps(()) == ()
    assert coverage.newest_held(()) is None


def test_held_and_open_states_are_apart() -> None:
    assert {state for state in State if coverage.is_held(state)} == set(HELD)
    assert {state for state in State if coverage.is_open(state)} == {State.PENDING, State.PARTIAL, State.FAILED}


def test_the_newest_date_held_is_no_gap_itself() -> None:
    reports = (
        coverage.DayReport(WEDNESDAY - timedelta(days=1), State.PENDING, None, None, None, "s", "e"),
        coverage.DayReport(WEDNESDAY, State.PARTIAL, 3, 2, 1, "s", "e"),
        coverage.DayReport(WEDNESDAY + timedelta(days=1), State.PENDING, None, None, None, "s", "e"),
    )
    assert coverage.list_gaps(reports) == (WEDNESDAY - timedelta(days=1),)


def test_a_mailing_stands_before_a_finding_of_the_same_rank() -> None:
    shown = report(WEDNESDAY, NOON, found=State.PENDING)
    assert shown.evidence == f"found {State.PENDING}"
    days = mailing.days(mailing.calendar(), WEDNESDAY, WEDNESDAY)
    held, found = held_as(WEDNESDAY, State.COMPLETE), found_as(WEDNESDAY, State.COMPLETE)
    (only,) = coverage.report_days(days, {WEDNESDAY: held}, {WEDNESDAY: found}, NOON)
    assert only.evidence == f"held {State.COMPLETE}"
