"""Signals that come while Python swallows exceptions."""

from __future__ import annotations

import os
import signal
import sys
from time import sleep

import pytest

from syncd.cli.termination import Terminated, raise_on_signals


class Ending:
    """Signals its own process when it is destroyed."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        sleep(0.001)  # the handler runs here


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_in_the_middle_of_a_destructor_is_not_lost(
    number: signal.Signals,
    kind: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have set it aside for this run
    try:
        raise_on_signals()
        with pytest.raises(kind):
            destroy(Ending(number))
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert capsys.readouterr().err == ""


def destroy(found: Ending) -> None:
    del found
    sleep(5)


def test_what_is_no_signal_is_reported_as_ever(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Faulty:
        def __del__(self) -> None:
            raise ValueError("in a destructor")

    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    before = signal.getsignal(signal.SIGTERM)
    raise_on_signals()
    signal.signal(signal.SIGTERM, before)
    Faulty()
    assert "ValueError: in a destructor" in capsys.readouterr().err
