"""Long commands watched from a terminal or a journal: how far they are, a first signal that asks, a second one that ends."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import click

from syncd.cli import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date, datetime
    from logging import Logger
    from types import FrameType
    from typing import Any, TextIO

    from syncd.usecases.progress import Progress, RunControl

    Tell = Callable[[Progress], None]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CLEAR = "\r\x1b[K"


class InterruptibleRun:
    """One long command under watch; `signals` are those that asked it to end."""

    def __init__(self, watch: RunControl) -> None:
        self.control = watch
        self.signals: list[int] = []

    def exit_code(self) -> int:
        """130 or 143 when a signal ended the work, else 0."""
        return 128 + self.signals[0] if self.signals else 0


class Line:
    """One line on a terminal that replaces itself; `clock` counts seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._begun: dict[str, tuple[float, int]] = {}
        self._requests: dict[str, int] = {}
        self._records = 0

    def tell(self, progress: Progress) -> None:
        """Show how far the work is: days done, records, requests, and the time left where that can be told."""
        if progress.requests:
            self._requests[progress.doing] = progress.requests
        self._records = max(self._records, progress.records)
        told = [progress.doing]
        if progress.of_days:
            told.append(
                f"{progress.days:,} of {progress.of_days:,} {'months' if progress.doing == 'verifying' else 'days'}"
            )
        if self._records:
            told.append(f"{self._records:,} records")
        if self._requests:
            told.append(f"{sum(self._requests.values()):,} requests")
        if progress.share:
            told.append(f"{progress.share:.0%}")
        if (left := self._left(progress)) is not None:
            told.append(f"{_duration(left)} left")
        self._stream.write(_CLEAR + "  ".join(told)[: terminal.width() - 1])
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        self._stream.write(_CLEAR)
        self._stream.flush()

    def _left(self, progress: Progress) -> float | None:
        """Seconds left of what is going on, at the pace it had so far."""
        done, of = (progress.days, progress.of_days) if progress.of_days else (round(progress.share * 1000), 1000)
        begun, first = self._begun.setdefault(progress.doing, (self._clock(), done))
        if done <= first:
            return None
        return (self._clock() - begun) / (done - first) * (of - done)


class Months:
    """One log line a month of listing dates that was finished."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._month: date | None = None
        self._days = 0

    def tell(self, progress: Progress) -> None:
        """Count a day; a line when it is of another month than those before."""
        if progress.day is None:
            return
        month = progress.day.replace(day=1)
        if month != self._month:
            self.clear()
            self._month = month
        self._days += 1

    def clear(self) -> None:
        """The line of the last month."""
        if self._month is not None:
            self._logger.info("backfill: %s, %d days done", f"{self._month:%Y-%m}", self._days)
        self._month, self._days = None, 0


@contextmanager
def handle_interrupts(
    deadline: datetime | None, *, shows: bool, log: Logger | None = None
) -> Iterator[InterruptibleRun]:
    """Watch a long command: a first signal asks it to end at a safe point, a second one ends it at once.

    `shows` draws progress on standard error if that is a terminal; elsewhere `log`, if given, is told of each month. At
    `deadline` (UTC) the work ends by itself.
    """
    from syncd.usecases.progress import RunControl

    teller = _teller(log, shows=shows)
    made = InterruptibleRun(RunControl(report=teller.tell if teller else _silent, deadline=deadline))
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def ask(number: int, _frame: FrameType | None) -> None:
        made.signals.append(number)
        _restore(before)
        # Whoever was interrupted may hold the very lock that this needs: another thread waits for it.
        Thread(target=_asked, args=(made.control,)).start()

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield made
    finally:
        if teller:
            teller.clear()
        _restore(before)


def _teller(log: Logger | None, *, shows: bool) -> Line | Months | None:
    if shows and sys.stderr.isatty():
        return Line(sys.stderr)
    return Months(log) if log else None


def _asked(watch: RunControl) -> None:
    watch.cancel.set()
    click.echo("ending at a safe point; once more ends at once", err=True)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _silent(_progress: Progress) -> None:
    """Tell nobody: nobody is looking."""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes}:{rest:02}"
