"""Signals during a long command: the first one stops it after the current step, the second one ends it at once.

A step that is a request, or the wait before it or for a lock, is broken off.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from syncd.archive.files import lock_waits
from syncd.core.plural import pluralize
from syncd.usecases.progress import Cancelled, Progress, RunControl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from types import FrameType
    from typing import Any

    from syncd.cli.progress_display import ProgressDisplay
    from syncd.core.results import DayOutcome

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptibleRun:
    """One long command that signals can stop. `signals` are those that came, `outcomes` the dates that were reported.

    `last` is the last report that says what was being done.
    """

    def __init__(self, display: ProgressDisplay, deadline: datetime | None = None) -> None:
        self.control = RunControl(report=self._report, deadline=deadline)
        self.signals: list[int] = []
        self.outcomes: list[DayOutcome] = []
        self.last = Progress("")
        self._display = display

    def exit_code(self) -> int:
        """Return 130 or 143 when a signal stopped the work, else 0."""
        return 128 + self.signals[0] if self.signals else 0

    def fields(self) -> dict[str, object]:
        """Return how far the run had come when it was stopped, for JSON."""
        at = {
            "doing": self.last.doing,
            "done": self.last.done,
            "total": self.last.total or None,
            "unit": self.last.unit,
        }
        return {"interrupted": bool(self.signals), "progress": at}

    def describe(self) -> str:
        """Return in words how far the run had come when it was stopped, and what is left."""
        why = "interrupted" if self.signals else "stopped, as its time is over,"
        one = self.last
        how_far = f" while {one.doing}" if one.doing else ""
        if one.total:
            done, left = min(one.done, one.total), max(one.total - one.done, 0)
            how_far += f": {done:,} of {pluralize(one.total, one.unit)} done, {left:,} left"
        return f"{why}{how_far}; run the same command again to continue"

    def _report(self, progress: Progress) -> None:
        if progress.doing:
            self.last = progress
        if progress.outcome is not None:
            self.outcomes.append(progress.outcome)
        self._display.report(progress)


@contextmanager
def handle_interrupts(run: InterruptibleRun, display: ProgressDisplay) -> Iterator[InterruptibleRun]:
    """Let signals stop a long command: the first after the current step, the second as it does outside of one."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    endings: list[Exception] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        run.signals.append(number)
        endings.append(Cancelled())
        _restore(before)
        # The interrupted code may hold the very lock that this needs, so another thread waits for it.
        is_asking = run.control.asking.is_set() or lock_waits.is_waiting()
        Thread(target=_cancel, args=(run.control, display.say), kwargs={"is_asking": is_asking}).start()
        if is_asking:
            run.control.asking.clear()
            raise Cancelled

    for number in _SIGNALS:
        signal.signal(number, handle)
    try:
        with lock_waits.end_waits(endings):
            yield run
    finally:
        display.clear()
        _restore(before)


def _cancel(control: RunControl, say: Callable[[str], None], *, is_asking: bool) -> None:
    control.cancel.set()
    say("stopping" if is_asking else "stopping after the current step; press Ctrl-C again to stop now")


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
