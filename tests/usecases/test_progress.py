"""Watching long work: asked to end, out of time, and waiting where a host rests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.errors import CoolingDown
from syncd.usecases.progress import Cancelled, RunControl, WaitingClient
from syncd.web import Response

NOW = datetime(2026, 7, 13, 12, tzinfo=UTC)
ANSWER = Response("http://loopback/", 200, (), b"", NOW)


class Resting:
    """A host that rests `times` times for `seconds`."""

    def __init__(self, times: int, seconds: float, control: RunControl) -> None:
        self.times = times
        self.seconds = seconds
        self.control = control

    def get(self, url: str, *, expect: str) -> Response:
        if self.times:
            self.times -= 1
            until = self.control.wall() + timedelta(seconds=self.seconds)
            raise CoolingDown(url=url, host="loopback", until=until)
        return ANSWER


def test_a_rest_is_waited_out_and_the_answer_comes() -> None:
    control = RunControl()
    assert WaitingClient(Resting(2, 0.0, control), control).get("http://loopback/", expect="xml") is ANSWER


def test_asked_to_end_nothing_more_is_waited_for() -> None:
    control = RunControl()
    control.cancel.set()
    with pytest.raises(Cancelled):
        control.wait(3600)
    with pytest.raises(Cancelled):
        WaitingClient(Resting(0, 0.0, control), control).get("http://loopback/", expect="xml")


def test_a_rest_longer_than_the_time_left_ends_the_work() -> None:
    moments = iter([NOW, NOW, NOW, NOW, NOW + timedelta(hours=1)])
    control = RunControl(deadline=NOW, wall=lambda: next(moments, NOW + timedelta(hours=1)))
    with pytest.raises(Cancelled):
        control.wait(3600)


def test_before_its_deadline_work_goes_on() -> None:
    RunControl(deadline=NOW + timedelta(seconds=1), wall=lambda: NOW).check_cancelled()
    with pytest.raises(Cancelled):
        RunControl(deadline=NOW, wall=lambda: NOW).check_cancelled()
