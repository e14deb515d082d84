"""Signals during a long command."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from syncd.cli.interrupts import handle_interrupts


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_cancels_the_work_and_sets_the_exit_code(
    number: signal.Signals, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with handle_interrupts(None, shows=False) as run:
        assert run.exit_code() == 0
        os.kill(os.getpid(), number)
        assert run.control.cancel.wait(10)
        for thread in set(threading.enumerate()) - {threading.current_thread()}:
            thread.join(10)
        # The second signal meets the handler from before, which ends the program.
        assert signal.getsignal(number) is before
    assert run.exit_code() == code
    assert "stopping after the current step" in capfd.readouterr().err


def test_without_a_signal_the_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with handle_interrupts(None, shows=True) as run:
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert run.exit_code() == 0
