"""When the daemon's next turn is due, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncd.daemon.due import Due

NOW = datetime(2026, 4, 6, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


def test_the_first_turn_is_due_at_once() -> None:
    assert Due().has_come(NOW)


def test_a_moment_is_waited_for() -> None:
    due = Due(LATER)
    assert [due.has_come(moment) for moment in (NOW, LATER - timedelta(seconds=1), LATER)] == [False, False, True]


def test_what_is_asked_for_at_once_is_not_lost_to_a_turn_that_names_a_moment_meanwhile() -> None:
    due = Due(LATER)
    due.at_once()
    due.moment = LATER
    assert [due.has_come(NOW), due.has_come(NOW)] == [True, False]


def test_a_clock_set_back_makes_a_turn_due_to_reckon_the_moment_anew() -> None:
    due = Due(NOW + timedelta(days=30, hours=3))
    assert not due.has_come(NOW + timedelta(days=30))
    assert due.has_come(NOW)
    due.moment = LATER
    assert not due.has_come(NOW + timedelta(minutes=5))


def test_a_clock_set_forward_is_past_the_moment() -> None:
    due = Due(LATER)
    assert not due.has_come(NOW)
    assert due.has_come(NOW + timedelta(days=2))
