"""What the daemon does next: a pure decision, whatever the clock has been through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config import ScheduleConfig
from syncd.core.health import Health
from syncd.core.mailing import NEW_YORK
from syncd.daemon import schedule
from syncd.daemon.schedule import (
    ArchiveView,
    Job,
    NextJob,
    NextTurn,
    check_number,
    next_check,
    next_job,
    next_poll,
)
from syncd.daemon.state import DaemonState

TUESDAY, WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)
SETTINGS = ScheduleConfig()


def evening(hour: int, minute: int = 0) -> datetime:
    """An hour of the evening before Tuesday, UTC; from midnight on of Tuesday itself."""
    day = TUESDAY - timedelta(days=1) if hour >= 12 else TUESDAY
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


BEGIN = evening(20)
WAITING = ArchiveView(TUESDAY, is_waiting=True, next_due=WEDNESDAY)
HELD = ArchiveView(TUESDAY, is_waiting=False, next_due=WEDNESDAY, health=Health(TUESDAY, (), (), 0))
RECENT = DaemonState(checked=BEGIN, checked_all=BEGIN, rechecked=TUESDAY)


def decide(
    now: datetime, view: ArchiveView, state: DaemonState = RECENT, settings: ScheduleConfig = SETTINGS
) -> NextJob:
    return next_job(now, view, state, settings)


def test_a_view_of_which_no_more_is_said_is_of_an_archive_without_trouble() -> None:
    assert (WAITING.missing, WAITING.lag, WAITING.states, WAITING.rests) == ((), 0, {}, {})
    assert (WAITING.resting_until, WAITING.spread, WAITING.stopped) == (None, 0.0, ())
    assert WAITING.health == Health(newest=None, missed=(), conflicts=(), waiting=0)


def test_a_mailing_that_is_due_is_looked_for_at_once() -> None:
    assert decide(BEGIN, WAITING) == NextJob(Job.POLL, BEGIN)
    assert decide(evening(23), WAITING) == NextJob(Job.POLL, BEGIN)


def test_after_a_look_without_success_the_next_one_follows_in_a_quarter_of_an_hour() -> None:
    found = decide(evening(21, 1), WAITING, replace(RECENT, polled=evening(21)))
    assert found == NextJob(Job.POLL, evening(21, 15))


def test_the_last_look_of_the_night_is_at_its_end_exactly() -> None:
    found = decide(evening(5, 51), WAITING, replace(RECENT, polled=evening(5, 50)))
    assert found == NextJob(Job.POLL, evening(6))


@pytest.mark.parametrize(("answered", "pace"), [(True, timedelta(hours=3)), (False, timedelta(hours=1))])
def test_a_late_mailing_is_looked_for_now_and_then(answered: bool, pace: timedelta) -> None:
    state = replace(RECENT, polled=evening(6), answered=answered, checked=evening(6), checked_all=evening(6))
    settings = replace(SETTINGS, check_every=timedelta(days=7))
    assert decide(evening(6, 1), WAITING, state, settings) == NextJob(Job.POLL, evening(6) + pace)


def test_after_success_nothing_is_asked_before_the_next_announcement() -> None:
    found = decide(evening(20, 1), HELD, replace(RECENT, polled=BEGIN, checked=BEGIN))
    while found.job is Job.CHECK:
        found = decide(found.at, HELD, replace(RECENT, checked=found.at, checked_all=found.at))
    assert found == NextJob(Job.POLL, BEGIN + timedelta(days=1))


def test_jitter_delays_the_first_poll_only() -> None:
    view = replace(WAITING, spread=1.0)
    assert decide(BEGIN, view).at == BEGIN + timedelta(seconds=45)
    assert decide(BEGIN, replace(view, spread=0.5)).at == BEGIN + timedelta(seconds=22.5)
    assert decide(BEGIN, view, settings=replace(SETTINGS, poll_every=timedelta(minutes=3))).at == BEGIN + timedelta(
        seconds=18
    )
    assert decide(evening(21, 1), view, replace(RECENT, polled=evening(21))).at == evening(21, 15)


def test_jitter_delays_the_first_poll_after_a_rest_and_the_last_one_of_the_night() -> None:
    view = replace(WAITING, spread=1.0, resting_until=evening(21, 40))
    assert decide(evening(21), view).at == evening(21, 40) + timedelta(seconds=45)
    late = decide(evening(5, 51), replace(WAITING, spread=1.0), replace(RECENT, polled=evening(5, 50)))
    assert late.at == evening(6) + timedelta(seconds=45)


def test_missing_dates_are_asked_for_after_the_newest() -> None:
    view = replace(HELD, missing=(date(2026, 3, 5),))
    assert decide(BEGIN, view).job is Job.CATCHUP
    assert decide(BEGIN, replace(view, is_waiting=True)).job is Job.POLL


def test_a_missing_date_that_gave_nothing_is_not_asked_for_again_soon() -> None:
    view = replace(HELD, missing=(date(2026, 3, 5),))
    state = replace(RECENT, caught_up=BEGIN, tried=view.missing)
    found = next_job(BEGIN, view, replace(state, checked=None), SETTINGS)
    assert found.job is Job.CHECK
    later = BEGIN + timedelta(hours=6)
    assert decide(later, view, replace(state, checked=later)) == NextJob(Job.CATCHUP, later)


def test_older_dates_wait_while_the_newest_gets_no_answer() -> None:
    view = replace(WAITING, missing=(date(2026, 3, 5),))
    state = replace(RECENT, polled=evening(21), answered=False, caught_up=evening(20), reached=False)
    assert decide(evening(21, 5), view, state).at == evening(21, 15)


def test_a_new_mailing_is_compared_once_when_it_has_a_page_of_its_own() -> None:
    fresh = replace(RECENT, rechecked=date(2026, 3, 9))
    assert decide(evening(0, 29), HELD, fresh).at > evening(0, 29)
    assert decide(evening(0, 30), HELD, fresh).job is Job.RECHECK
    assert decide(evening(0, 31), HELD, RECENT).job is not Job.RECHECK
    assert decide(evening(0, 31), HELD, fresh, replace(SETTINGS, recheck=False)).job is not Job.RECHECK


def test_a_host_that_rests_is_asked_when_its_rest_is_over() -> None:
    until = evening(21, 40)
    assert decide(evening(21), replace(WAITING, resting_until=until)) == NextJob(Job.POLL, until)


def test_a_stop_silences_the_network_and_nothing_else() -> None:
    view = replace(WAITING, rests={"a.example": None}, missing=(date(2026, 3, 5),))
    assert decide(evening(21), view) == NextJob(Job.LOOK, evening(21, 15))
    assert decide(evening(21), view, DaemonState()).job is Job.CHECK_ALL


def test_a_rest_delays_only_what_asks_arxiv_and_only_what_is_due_before_its_end() -> None:
    view = replace(WAITING, resting_until=evening(21, 15))
    state = replace(RECENT, polled=evening(21))
    assert decide(evening(21, 1), view, state) == NextJob(Job.POLL, evening(21, 15))
    spread = replace(view, spread=1.0)
    assert decide(evening(21, 1), spread, state).at == evening(
        21, 15
    )  # due at the very end of the rest: no jitter again
    assert decide(BEGIN, replace(view, resting_until=evening(23)), DaemonState()) == NextJob(Job.CHECK_ALL, BEGIN)


def test_the_next_poll_is_never_in_the_past_and_unknown_while_a_host_is_stopped() -> None:
    assert next_poll(evening(23), WAITING, RECENT, SETTINGS) == evening(23)
    assert next_poll(evening(19), WAITING, RECENT, SETTINGS) == BEGIN
    assert next_poll(evening(21), replace(WAITING, resting_until=evening(22)), RECENT, SETTINGS) == evening(22)
    assert next_poll(evening(21), replace(WAITING, rests={"a.example": None}), RECENT, SETTINGS) is None
    assert next_poll(evening(21), replace(WAITING, rests={"a.example": evening(22)}), RECENT, SETTINGS) == evening(21)


@pytest.mark.parametrize(
    ("polled", "following"),
    [
        (BEGIN - timedelta(seconds=1), BEGIN),
        (BEGIN, BEGIN + timedelta(minutes=15)),
        (evening(6) - timedelta(seconds=1), evening(6)),
        (evening(6), evening(6) + timedelta(hours=3)),
    ],
)
def test_a_look_counts_from_the_first_moment_of_the_evening_and_is_late_from_the_last(
    polled: datetime, following: datetime
) -> None:
    assert next_poll(polled, WAITING, replace(RECENT, polled=polled), SETTINGS) == max(polled, following)


@pytest.mark.parametrize(
    ("view", "state", "expected"),
    [
        (HELD, DaemonState(caught_up=BEGIN, reached=False), BEGIN + timedelta(hours=1)),
        (HELD, DaemonState(caught_up=BEGIN, answered=False), BEGIN),
        (WAITING, DaemonState(caught_up=BEGIN, polled=BEGIN, answered=False), BEGIN + timedelta(minutes=15)),
        (WAITING, DaemonState(caught_up=BEGIN, polled=BEGIN, reached=False), BEGIN + timedelta(hours=1)),
        (HELD, DaemonState(caught_up=BEGIN, tried=(date(2026, 3, 5),)), BEGIN),
        (HELD, DaemonState(caught_up=BEGIN, tried=(date(2026, 3, 4), date(2026, 3, 5))), BEGIN + timedelta(hours=6)),
        (HELD, DaemonState(caught_up=BEGIN + timedelta(seconds=1), reached=False), BEGIN),
    ],
)
def test_when_an_older_date_is_asked_for(view: ArchiveView, state: DaemonState, expected: datetime) -> None:
    lacking = replace(view, missing=(date(2026, 3, 4), date(2026, 3, 5)))
    assert schedule._catchup_at(BEGIN, lacking, state, SETTINGS) == expected


def test_a_comparison_without_success_is_repeated_after_a_while_and_one_before_the_mailing_does_not_count() -> None:
    first = evening(0) + timedelta(minutes=30)
    fresh = replace(RECENT, rechecked=date(2026, 3, 9), checked=first, checked_all=first)
    for tried, expected in ((None, first), (first - timedelta(seconds=1), first), (first, first + timedelta(hours=6))):
        found = decide(first, HELD, replace(fresh, recheck_tried=tried))
        assert found == NextJob(Job.RECHECK, expected)


def test_nothing_is_compared_where_nothing_is_held() -> None:
    empty = replace(HELD, health=Health(None, (), (), 0))
    assert decide(evening(0, 30), empty, RECENT).job is not Job.RECHECK


def test_what_is_due_is_done_by_urgency_and_not_by_age() -> None:
    view = replace(WAITING, missing=(date(2026, 3, 5),), health=Health(TUESDAY, (), (), 0))
    state, order = DaemonState(), []
    for _ in range(4):
        found = decide(evening(23), view, state)
        order.append(found.job)
        state = {
            Job.POLL: replace(state, polled=evening(23)),
            Job.CATCHUP: replace(state, caught_up=evening(23), tried=view.missing),
            Job.CHECK_ALL: replace(state, checked_all=evening(23)),
            Job.CHECK: replace(state, checked=evening(23)),
        }[found.job]
    assert order == [Job.POLL, Job.CATCHUP, Job.CHECK_ALL, Job.CHECK]
    assert decide(evening(23), view, state).at > evening(23)


def test_a_job_is_due_at_its_very_moment_and_goes_before_a_less_urgent_one_that_was_due_earlier() -> None:
    view = replace(WAITING, health=Health(TUESDAY, (), (), 0))
    state = replace(RECENT, polled=evening(0, 30), rechecked=None, checked=evening(0, 45), checked_all=evening(0, 45))
    assert decide(evening(0, 45) - timedelta(seconds=1), view, state).job is Job.RECHECK
    assert decide(evening(0, 45), view, state) == NextJob(Job.POLL, evening(0, 45))


def test_a_check_is_due_from_its_moment_on_and_the_whole_at_every_seventh() -> None:
    week = datetime(2020, 1, 6, 11, 30, tzinfo=UTC) + 320 * 7 * timedelta(days=1)
    before = week - timedelta(seconds=1)
    assert check_number(week, SETTINGS) == check_number(before, SETTINGS) + 1 == 320 * 7
    done = DaemonState(checked=before, checked_all=before)
    assert next_check(before, done, SETTINGS) == NextJob(Job.CHECK, week)
    assert next_check(week, done, SETTINGS) == NextJob(Job.CHECK_ALL, week)
    whole = DaemonState(checked=week, checked_all=week)
    day = timedelta(days=1)
    assert next_check(week, whole, SETTINGS) == NextJob(Job.CHECK, week + day)
    assert next_check(week + day, whole, SETTINGS) == NextJob(Job.CHECK, week + day)
    assert next_check(week + 6 * day, replace(whole, checked=week + 6 * day), SETTINGS).at == week + 7 * day
    ahead = DaemonState(checked=week + day, checked_all=week + day)
    assert next_check(week, ahead, SETTINGS) == NextJob(Job.CHECK_ALL, week)


def test_checks_fall_on_their_hour_one_part_a_night_and_all_of_them_once_a_week() -> None:
    now, state, seen = datetime(2026, 3, 1, tzinfo=UTC), DaemonState(), []
    quiet = replace(HELD, next_due=date(2027, 1, 1))
    for _ in range(29):
        now = max(now, next_job(now, quiet, replace(state, rechecked=TUESDAY), SETTINGS).at)
        found = next_job(now, quiet, replace(state, rechecked=TUESDAY), SETTINGS)
        seen.append((found.job, now))
        state = replace(state, checked=now, checked_all=now if found.job is Job.CHECK_ALL else state.checked_all)
    assert [job for job, _ in seen].count(Job.CHECK_ALL) == 5
    assert [moment.hour for _, moment in seen[1:]] == [11] * 28
    assert len({moment.date() for _, moment in seen[1:]}) == 28


@given(st.integers(-40 * 24, 40 * 24))
def test_a_clock_set_wrong_and_right_again_stops_nothing(hours: int) -> None:
    """Whatever stamps a wrong clock left behind, the newest mailing is looked for within a quarter of an hour."""
    wrong = evening(21) + timedelta(hours=hours)
    state = DaemonState(polled=wrong, caught_up=wrong, recheck_tried=wrong, checked=wrong, checked_all=wrong)
    found = next_job(evening(21), WAITING, state, SETTINGS)
    if found.job is not Job.POLL:
        found = next_job(evening(21), WAITING, replace(state, checked=evening(21), checked_all=evening(21)), SETTINGS)
    assert found.job is Job.POLL
    assert found.at <= evening(21) + SETTINGS.poll_every


@given(st.integers(0, 300 * 24 * 60), st.booleans(), st.booleans())
def test_there_is_always_a_next_action(minutes: int, waiting: bool, answered: bool) -> None:
    now = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    view = replace(WAITING, is_waiting=waiting)
    found = next_job(now, view, DaemonState(polled=now, answered=answered, checked=now, checked_all=now), SETTINGS)
    assert found.at.utcoffset() is not None
    assert found.job in {Job.POLL, Job.CHECK}


NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


def test_the_first_turn_is_due_at_once() -> None:
    assert NextTurn().is_due(NOW)


def test_a_moment_is_waited_for() -> None:
    turn = NextTurn(LATER)
    assert [turn.is_due(moment) for moment in (NOW, LATER - timedelta(seconds=1), LATER)] == [False, False, True]


def test_a_request_is_not_lost_to_a_turn_that_names_a_moment_meanwhile() -> None:
    turn = NextTurn(LATER)
    turn.request()
    turn.at = LATER
    assert [turn.is_due(NOW), turn.is_due(NOW)] == [True, False]


def test_a_clock_set_back_makes_a_turn_due_that_finds_another_moment() -> None:
    turn = NextTurn(NOW + timedelta(days=30, hours=3))
    assert not turn.is_due(NOW + timedelta(days=30))
    assert turn.is_due(NOW)
    turn.at = LATER
    assert not turn.is_due(NOW + timedelta(minutes=5))


def test_two_questions_at_the_same_moment_are_no_clock_set_back() -> None:
    turn = NextTurn(LATER)
    assert [turn.is_due(NOW), turn.is_due(NOW)] == [False, False]


def test_a_clock_set_forward_is_past_the_moment() -> None:
    turn = NextTurn(LATER)
    assert not turn.is_due(NOW)
    assert turn.is_due(NOW + timedelta(days=2))
