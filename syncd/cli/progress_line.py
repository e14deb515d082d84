"""How far a command is: a line on a terminal's standard error, or log lines in a journal. Nothing is written anywhere else.

No result depends on it: someone who reads only standard output or a log misses nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from syncd.cli import terminal
from syncd.core.plural import pluralize

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from logging import Logger
    from typing import TextIO

    from syncd.usecases.progress import Progress

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """A line on `stream` that replaces itself. It is silent where `stream` is not a terminal, or when `quiet`."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._live = not quiet and stream.isatty()
        self._shown = ""

    def count(self, what: str, done: int, total: int) -> None:
        """Show `what 12 of 1,700`, once for every hundredth."""
        step = max(total // 100, 1)
        if done % step == 0 or done == total:
            self.say(f"{what} {done:,} of {total:,}")

    def say(self, text: str) -> None:
        """Replace the line by `text`, cut to the terminal's width."""
        if self._live and text != self._shown:
            self._shown = text
            self._stream.write(_CLEAR + text[: terminal.width() - 1])
            self._stream.flush()

    def clear(self) -> None:
        """Remove the line, before something lasting is written."""
        if self._shown:
            self._shown = ""
            self._stream.write(_CLEAR)
            self._stream.flush()


class TimeEstimate:
    """Shows the progress of long work on a line, with the time left. `clock` counts seconds."""

    def __init__(self, line: ProgressLine, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._clock = clock
        self._started: dict[str, tuple[float, int]] = {}
        self._requests: dict[str, int] = {}
        self._records = 0

    def report(self, progress: Progress) -> None:
        """Show days done, records, requests, and the time left where it can be estimated."""
        if progress.requests:
            self._requests[progress.doing] = progress.requests
        self._records = max(self._records, progress.records)
        parts = [progress.doing]
        if progress.of_days:
            unit = "months" if progress.doing == "verifying" else "days"
            parts.append(f"{progress.days:,} of {progress.of_days:,} {unit}")
        if self._records:
            parts.append(f"{pluralize(self._records, 'record')}")
        if self._requests:
            parts.append(f"{pluralize(sum(self._requests.values()), 'request')}")
        if progress.share:
            parts.append(f"{progress.share:.0%}")
        if (left := self._estimate_left(progress)) is not None:
            parts.append(f"{_format_duration(left)} left")
        self._line.say("  ".join(parts))

    def clear(self) -> None:
        """Remove the line."""
        self._line.clear()

    def _estimate_left(self, progress: Progress) -> float | None:
        """Return the seconds left of what is going on, at the pace it had so far. None before any of it is done."""
        done, of = (progress.days, progress.of_days) if progress.of_days else (round(progress.share * 1000), 1000)
        started, first = self._started.setdefault(progress.doing, (self._clock(), done))
        if done <= first:
            return None
        return (self._clock() - started) / (done - first) * (of - done)


class MonthlyLog:
    """Writes one log line for each month of listing dates that was finished."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._month: date | None = None
        self._days = 0

    def report(self, progress: Progress) -> None:
        """Count a day. Log the month before when it is of another month than the days before."""
        if progress.day is None:
            return
        month = progress.day.replace(day=1)
        if month != self._month:
            self.clear()
            self._month = month
        self._days += 1

    def clear(self) -> None:
        """Log the last month."""
        if self._month is not None:
            self._logger.info("backfill: %s, %d days done", f"{self._month:%Y-%m}", self._days)
        self._month, self._days = None, 0


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes}:{rest:02}"
