"""Signals during a long command."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import date
from typing import TYPE_CHECKING

import click
import pytest

from syncd.archive.files import lock_waits
from syncd.cli.interrupts import InterruptibleRun, handle_interrupts
from syncd.cli.invocation import Invocation
from syncd.cli.progress_display import NoProgress
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done
from syncd.usecases.progress import Cancelled, Progress

if TYPE_CHECKING:
    from pathlib import Path


def begin(said: list[str]) -> tuple[InterruptibleRun, NoProgress]:
    """A run that says to `said` what stays on the screen."""
    display = NoProgress(said.append)
    return InterruptibleRun(display), display


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_cancels_the_work_and_sets_the_exit_code(number: signal.Signals, code: int) -> None:
    said: list[str] = []
    before, (run, display) = signal.getsignal(number), begin(said)
    with handle_interrupts(run, display):
        assert run.exit_code() == 0
        os.kill(os.getpid(), number)
        assert run.control.cancel.wait(10)
        for thread in set(threading.enumerate()) - {threading.current_thread()}:
            thread.join(10)
        # The second signal meets the handler from before, which ends the program.
        assert signal.getsignal(number) is before
    assert run.exit_code() == code
    assert said == ["stopping after the current step; press Ctrl-C again to stop now"]


def test_a_wait_for_a_lock_is_broken_off_at_once() -> None:
    run, display = begin([])
    with handle_interrupts(run, display), pytest.raises(Cancelled), lock_waits.breakable():
        os.kill(os.getpid(), signal.SIGTERM)
    assert run.exit_code() == 143
    assert not lock_waits.is_waiting()


def test_without_a_signal_the_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    run, display = begin([])
    with handle_interrupts(run, display):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert run.exit_code() == 0


def test_a_stopped_run_says_how_far_it_came_and_what_is_left() -> None:
    run, _ = begin([])
    done = DayOutcome(date(2026, 7, 1), State.COMPLETE, Done.WRITTEN)
    run.control.report(Progress("fetching mailings", 12, 62, outcome=done))
    run.control.report(Progress("", detail="waiting"))
    assert run.describe() == (
        "stopped, as its time is over, while fetching mailings: 12 of 62 days done, 50 left; "
        "run the same command again to continue"
    )
    run.signals.append(signal.SIGINT)
    assert run.describe().startswith("interrupted while fetching mailings: 12 of 62 days done, 50 left; ")
    at = {"doing": "fetching mailings", "done": 12, "total": 62, "unit": "day"}
    assert run.fields() == {"interrupted": True, "progress": at}
    assert run.outcomes == [done]


def test_a_second_signal_prints_what_was_reported_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = DayOutcome(date(2026, 7, 1), State.COMPLETE, Done.RESTORED)

    def work(call: Invocation) -> None:
        with call.long_run() as run:
            run.control.report(Progress("repairing", 1, 3, outcome=done))
            run.signals.append(signal.SIGINT)
            raise KeyboardInterrupt

    with click.Context(click.Command("repair"), info_name="repair"):
        call = Invocation(None, -1, None)
        call.as_json = True
        with pytest.raises(SystemExit) as ended:
            work(call)
    found = json.loads(capsys.readouterr().out)
    assert (ended.value.code, found["exit_code"], found["interrupted"]) == (130, 130, True)
    assert [(day["date"], day["action"]) for day in found["days"]] == [("2026-07-01", "restored")]
    assert (found["requests"], found["progress"]["done"], found["progress"]["total"]) == (None, 1, 3)
