"""Signals during a long command: the first one stops it after the current step, the second one ends it at once."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import click

from syncd.cli.progress_line import MonthlyLog, ProgressLine, TimeEstimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from logging import Logger
    from types import FrameType
    from typing import Any

    from syncd.usecases.progress import RunControl

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptibleRun:
    """One long command that signals can stop. `signals` are those that came."""

    def __init__(self, control: RunControl) -> None:
        self.control = control
        self.signals: list[int] = []

    def exit_code(self) -> int:
        """Return 130 or 143 when a signal stopped the work, else 0."""
        return 128 + self.signals[0] if self.signals else 0


@contextmanager
def handle_interrupts(
    deadline: datetime | None, *, shows: bool, log: Logger | None = None
) -> Iterator[InterruptibleRun]:
    """Let signals stop a long command: the first after the current step, the second at once.

    `shows` draws progress on standard error if that is a terminal. Elsewhere `log`, if given, gets a line for each month. At
    `deadline` (UTC) the work stops without a signal.
    """
    from syncd.usecases.progress import RunControl

    display: TimeEstimate | MonthlyLog | None = MonthlyLog(log) if log else None
    if shows and sys.stderr.isatty():
        display = TimeEstimate(ProgressLine(sys.stderr))
    control = RunControl(report=display.report, deadline=deadline) if display else RunControl(deadline=deadline)
    run = InterruptibleRun(control)
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, _frame: FrameType | None) -> None:
        run.signals.append(number)
        _restore(before)
        # The interrupted code may hold the very lock that this needs, so another thread waits for it.
        Thread(target=_cancel, args=(control,)).start()

    for number in _SIGNALS:
        signal.signal(number, handle)
    try:
        yield run
    finally:
        if display:
            display.clear()
        _restore(before)


def _cancel(control: RunControl) -> None:
    control.cancel.set()
    click.echo("stopping after the current step; press Ctrl-C again to stop now", err=True)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
