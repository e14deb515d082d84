"""What the daemon does next: a pure decision, whatever the clock has been through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.health import Hours
from syncd.core.mailing import NEW_YORK
from syncd.daemon.schedule import (
    CATCHUP_PACE,
    LATE_PACE,
    SILENT_PACE,
    Action,
    Memory,
    Plan,
    Standing,
    What,
    next_action,
)

TUESDAY, WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)
PLAN = Plan(Hours(NEW_YORK, time(20), time(6)), timedelta(minutes=15), timedelta(days=1), recheck=True)


def evening(hour: int, minute: int = 0) -> datetime:
    """An hour of the evening before Tuesday, UTC; from midnight on of Tuesday itself."""
    day = TUESDAY - timedelta(days=1) if hour >= 12 else TUESDAY
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


BEGIN = evening(20)
WAITING = Standing(TUESDAY, waiting=True, next_due=WEDNESDAY)
HELD = Standing(TUESDAY, waiting=False, next_due=WEDNESDAY, held=TUESDAY)
RECENT = Memory(checked=BEGIN, checked_all=BEGIN, rechecked=TUESDAY)


def decided(now: datetime, standing: Standing, memory: Memory = RECENT, plan: Plan = PLAN) -> Action:
    return next_action(now, standing, memory, plan)


def test_a_mailing_that_is_due_is_looked_for_at_once() -> None:
    assert decided(BEGIN, WAITING) == Action(What.POLL, BEGIN)
    assert decided(evening(23), WAITING) == Action(What.POLL, BEGIN)


def test_after_a_look_in_vain_the_next_one_follows_in_a_quarter_of_an_hour() -> None:
    found = decided(evening(21, 1), WAITING, replace(RECENT, polled=evening(21)))
    assert found == Action(What.POLL, evening(21, 15))


def test_the_last_look_of_the_night_is_at_its_end_exactly() -> None:
    found = decided(evening(5, 51), WAITING, replace(RECENT, polled=evening(5, 50)))
    assert found == Action(What.POLL, evening(6))


@pytest.mark.parametrize(("answered", "pace"), [(True, LATE_PACE), (False, SILENT_PACE)])
def test_a_late_mailing_is_looked_for_now_and_then(answered: bool, pace: timedelta) -> None:
    memory = replace(RECENT, polled=evening(6), answered=answered, checked=evening(6), checked_all=evening(6))
    plan = replace(PLAN, check_every=timedelta(days=7))
    assert decided(evening(6, 1), WAITING, memory, plan) == Action(What.POLL, evening(6) + pace)


def test_after_success_nothing_is_asked_before_the_next_announcement() -> None:
    found = decided(evening(20, 1), HELD, replace(RECENT, polled=BEGIN, checked=BEGIN))
    while found.what is What.CHECK:
        found = decided(found.when, HELD, replace(RECENT, checked=found.when, checked_all=found.when))
    assert found == Action(What.POLL, BEGIN + timedelta(days=1))


def test_jitter_delays_the_first_look_only() -> None:
    plan = replace(PLAN, chance=1.0)
    assert decided(BEGIN, WAITING, plan=plan).when == BEGIN + timedelta(seconds=45)
    memory = replace(RECENT, polled=evening(21))
    assert decided(evening(21, 1), WAITING, memory, plan).when == evening(21, 15)


def test_missing_dates_are_asked_for_after_the_newest() -> None:
    standing = replace(HELD, missing=(date(2026, 3, 5),))
    assert decided(BEGIN, standing).what is What.CATCHUP
    assert decided(BEGIN, replace(standing, waiting=True)).what is What.POLL


def test_a_missing_date_that_gave_nothing_is_not_asked_for_again_soon() -> None:
    standing = replace(HELD, missing=(date(2026, 3, 5),))
    memory = replace(RECENT, caught_up=BEGIN, tried=standing.missing)
    found = next_action(BEGIN, standing, replace(memory, checked=None), PLAN)
    assert found.what is What.CHECK
    later = BEGIN + CATCHUP_PACE
    assert decided(later, standing, replace(memory, checked=later)) == Action(What.CATCHUP, later)


def test_older_dates_wait_while_the_newest_gets_no_answer() -> None:
    standing = replace(WAITING, missing=(date(2026, 3, 5),))
    memory = replace(RECENT, polled=evening(21), answered=False, caught_up=evening(20), reached=False)
    assert decided(evening(21, 5), standing, memory).when == evening(21, 15)


def test_a_new_mailing_is_compared_once_when_it_has_a_page_of_its_own() -> None:
    fresh = replace(RECENT, rechecked=date(2026, 3, 9))
    assert decided(evening(0, 29), HELD, fresh).when > evening(0, 29)
    assert decided(evening(0, 30), HELD, fresh).what is What.RECHECK
    assert decided(evening(0, 31), HELD, RECENT).what is not What.RECHECK
    assert decided(evening(0, 31), HELD, fresh, replace(PLAN, recheck=False)).what is not What.RECHECK


def test_a_host_that_rests_is_asked_when_its_rest_is_over() -> None:
    until = evening(21, 40)
    assert decided(evening(21), replace(WAITING, resting=until)) == Action(What.POLL, until)


def test_a_stop_silences_the_network_and_nothing_else() -> None:
    standing = replace(WAITING, stopped="a.example", missing=(date(2026, 3, 5),))
    assert decided(evening(21), standing) == Action(What.LOOK, evening(21, 15))
    assert decided(evening(21), standing, Memory()).what is What.CHECK_ALL


def test_checks_fall_on_their_hour_one_part_a_night_and_all_of_them_once_a_week() -> None:
    now, memory, seen = datetime(2026, 3, 1, tzinfo=UTC), Memory(), []
    quiet = replace(HELD, next_due=date(2027, 1, 1))
    for _ in range(29):
        now = max(now, next_action(now, quiet, replace(memory, rechecked=TUESDAY), PLAN).when)
        found = next_action(now, quiet, replace(memory, rechecked=TUESDAY), PLAN)
        seen.append((found.what, now))
        memory = replace(memory, checked=now, checked_all=now if found.what is What.CHECK_ALL else memory.checked_all)
    assert [what for what, _ in seen].count(What.CHECK_ALL) == 5
    assert [moment.hour for _, moment in seen[1:]] == [11] * 28
    assert len({moment.date() for _, moment in seen[1:]}) == 28


@given(st.integers(-40 * 24, 40 * 24))
def test_a_clock_set_wrong_and_right_again_stops_nothing(hours: int) -> None:
    """Whatever stamps a wrong clock left behind, the newest mailing is looked for within a quarter of an hour."""
    wrong = evening(21) + timedelta(hours=hours)
    memory = Memory(polled=wrong, caught_up=wrong, recheck_tried=wrong, checked=wrong, checked_all=wrong)
    found = next_action(evening(21), WAITING, memory, PLAN)
    if found.what is not What.POLL:
        found = next_action(evening(21), WAITING, replace(memory, checked=evening(21), checked_all=evening(21)), PLAN)
    assert found.what is What.POLL
    assert found.when <= evening(21) + PLAN.poll_every


@given(st.integers(0, 300 * 24 * 60), st.booleans(), st.booleans())
def test_there_is_always_a_next_action(minutes: int, waiting: bool, answered: bool) -> None:
    now = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    standing = replace(WAITING, waiting=waiting)
    found = next_action(now, standing, Memory(polled=now, answered=answered, checked=now, checked_all=now), PLAN)
    assert found.when.utcoffset() is not None
    assert found.what in {What.POLL, What.CHECK}
