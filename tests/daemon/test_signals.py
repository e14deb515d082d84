"""What signals ask of the daemon: nothing is lost, whenever it comes."""

from __future__ import annotations

from threading import Event

import pytest

from syncd.daemon.signals import SignalRequests

LONG = 60.0


def test_a_request_ends_the_wait_whenever_it_comes() -> None:
    signals = SignalRequests()
    signals.request_reload()
    signals.wait(LONG)
    signals.request_stop()
    signals.sleep(LONG)
    assert (signals.is_stopping, signals.is_reload_due) == (True, True)


def test_a_sleep_is_not_shortened_by_anything_but_the_end() -> None:
    signals = SignalRequests()
    signals.wake()
    signals.sleep(0.05)
    assert not signals.is_stopping


def test_more_requests_than_the_pipe_holds_are_one() -> None:
    signals = SignalRequests()
    for _ in range(100_000):
        signals.wake()
    signals.wait(LONG)


def test_what_is_waited_for_gives_its_result_or_its_error() -> None:
    signals = SignalRequests()
    assert signals.run_until_stop(lambda: 7) == 7
    with pytest.raises(ValueError, match="x"):
        signals.run_until_stop(lambda: int("x"))


def test_the_end_comes_before_what_is_waited_for() -> None:
    signals, hanging = SignalRequests(), Event()

    def hang() -> int:
        signals.request_stop()
        hanging.wait(LONG)
        return 7

    assert signals.run_until_stop(hang) is None
    hanging.set()
