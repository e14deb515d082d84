"""The scheduler: it calls one function in time, and no method waits for a call under way."""

from __future__ import annotations

from datetime import time
from threading import Event

from syncd.core.mailing import NEW_YORK
from syncd.daemon.scheduler import Scheduler

LONG = 60.0


def test_a_long_turn_keeps_neither_the_daemon_from_ending_nor_another_call_from_being_asked_for() -> None:
    begun, go_on = Event(), Event()

    def turn() -> None:
        begun.set()
        go_on.wait(LONG)

    scheduler = Scheduler(turn)
    scheduler.start()
    try:
        scheduler.call_now()
        assert begun.wait(LONG)
        scheduler.call_now()
        scheduler.call_on_evenings(time(20), NEW_YORK)
        scheduler.call_on_evenings(time(21), NEW_YORK)
        scheduler.stop()
    finally:
        go_on.set()
