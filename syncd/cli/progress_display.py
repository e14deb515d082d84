"""Show how far a command is, on standard error: live on a terminal, now and then a line in a pipe or a log.

No result depends on it: someone who reads only standard output misses nothing.
"""

from __future__ import annotations

import logging
import os
import time
from functools import partial
from typing import TYPE_CHECKING, Protocol, TextIO

import click

from syncd.cli import terminal
from syncd.cli.logs import resolve_format
from syncd.cli.progress_text import ProgressText
from syncd.core.results import Done
from syncd.report.terminal import list_dates

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from syncd.cli.live_progress import LiveProgress
    from syncd.usecases.progress import Progress

PIPE_EVERY, LOG_EVERY = 5.0, 60.0
"""Seconds between two lines, in a pipe and in a log. After an hour it is a minute in a pipe, too."""
_SHOWN_AFTER = 0.3
"""Seconds of work before a live display appears, as shorter work needs none."""


class ProgressDisplay(Protocol):
    """Shows progress somewhere."""

    def report(self, progress: Progress) -> None:
        """Take a report, and show it if it is time."""

    def say(self, text: str) -> None:
        """Show a line that stays."""

    def clear(self) -> None:
        """Remove what is shown, before something lasting is written. A later report shows it again."""


class NoProgress:
    """Shows nothing but the lines that stay."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say

    def report(self, progress: Progress) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Show a line."""
        self._say(text)

    def clear(self) -> None:
        """Do nothing."""


class ProgressLines:
    """Writes a line at most once in `every` seconds, and then with the dates that were written since the line before."""

    def __init__(
        self, write: Callable[[str], object], every: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._every, self._clock = write, every, clock
        self._text = ProgressText(clock)
        self._begun: float | None = None
        self._last = 0.0
        self._written: list[date] = []

    def report(self, progress: Progress) -> None:
        """Write a line when it is time for one, and when work begins that will take long."""
        now = self._clock()
        if self._begun is None:
            self._begun = self._last = now
        outcome = progress.outcome
        if outcome is not None and outcome.day is not None and outcome.action not in {Done.NONE, Done.REFUSED}:
            self._written.append(outcome.day)
        if announced := self._text.add(progress):
            self._last = now
            self._write(announced)
        elif now - self._last >= max(self._every, (now - self._begun) / 60):
            self._last = now
            self._write(self._text.describe() + self._take_written())

    def say(self, text: str) -> None:
        """Write a line at once."""
        self._write(text)

    def clear(self) -> None:
        """Do nothing: the lines stay."""

    def _take_written(self) -> str:
        days, self._written = sorted(self._written), []
        return f"; written: {list_dates(days)}" if days else ""


class TerminalProgress:
    """Shows progress live on a terminal, once the work takes longer than a moment or waits for arXiv."""

    def __init__(self, stream: TextIO, *, coloured: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._coloured, self._clock = stream, coloured, clock
        self._begun: float | None = None
        self._live: LiveProgress | None = None

    def report(self, progress: Progress) -> None:
        """Show the report."""
        if self._begun is None:
            self._begun = self._clock()
        if self._live is None and (
            progress.seconds_each or progress.detail or self._clock() - self._begun >= _SHOWN_AFTER
        ):
            # Its library takes longer to load than most commands take to run.
            from syncd.cli.live_progress import LiveProgress

            self._live = LiveProgress(self._stream, coloured=self._coloured, clock=self._clock)
        if self._live is not None:
            self._live.report(progress)

    def say(self, text: str) -> None:
        """Print a line above the live display."""
        if self._live is not None:
            self._live.say(text)
        else:
            self._stream.write(f"{text}\n")

    def clear(self) -> None:
        """Remove the live display."""
        if self._live is not None:
            self._live.clear()


def open_display(stream: TextIO, log_format: str, *, is_quiet: bool) -> ProgressDisplay:
    """Return the display for `stream`: live on a terminal, a line a minute where log lines go to a journal or are JSON."""

    def write(text: str) -> None:
        click.echo(terminal.fit(text, stream), file=stream)

    if is_quiet:
        return NoProgress(lambda _text: None)
    if resolve_format(log_format, stream) != "text":
        return ProgressLines(partial(logging.getLogger("syncd").info, "%s"), LOG_EVERY)
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        is_coloured = click.get_current_context().color is not False
        return TerminalProgress(stream, coloured=is_coloured)
    return ProgressLines(write, PIPE_EVERY)
