"""The live display of progress: the dates finished last, a bar with words, and what happens at this moment.

It loads rich, so it is imported only where it is shown.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from typing import TYPE_CHECKING

from rich import progress as bars
from rich.console import Console
from rich.text import Text

from syncd.cli.progress_text import ProgressText
from syncd.core.results import Done
from syncd.report.text.runs import outcome as format_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from rich.console import RenderableType

    from syncd.usecases.progress import Progress

_DAYS_SHOWN = 5
_REFRESHES_A_SECOND = 4
_BAR_FROM, _BAR_WIDTH = 80, 12
"""A narrower terminal has room for the words alone."""


class LiveProgress:
    """Lines at the end of a terminal that replace themselves. `clock` counts seconds."""

    def __init__(
        self, stream: TextIO, *, coloured: bool, clock: Callable[[], float], refreshes_itself: bool = True
    ) -> None:
        self._text = ProgressText(clock)
        console = Console(file=stream, force_terminal=True, no_color=not coloured, highlight=False, markup=False)
        self._bars = _Bars(self._text, console, clock, refreshes_itself=refreshes_itself)
        self._task = self._bars.add_task("", total=None)
        self._is_shown = False
        self._log_streams: list[tuple[logging.StreamHandler[TextIO], TextIO]] = []

    def report(self, progress: Progress) -> None:
        """Show the report."""
        outcome = progress.outcome
        if outcome is not None and outcome.action is not Done.NONE:
            self._bars.days.append(format_outcome(outcome))
        announced, one = self._text.add(progress), self._text.progress
        done, total = (round(one.share * 1000), 1000) if one.share else (one.done, one.total or None)
        self._bars.update(self._task, completed=done, total=total)
        if not self._is_shown:
            self._is_shown = True
            self._bars.start()
            self._redirect_log()
        if announced:
            self.say(announced)

    def say(self, text: str) -> None:
        """Print a line above the display."""
        self._bars.console.print(Text(text), soft_wrap=True)

    def refresh(self) -> None:
        """Draw the display anew."""
        self._bars.refresh()

    def clear(self) -> None:
        """Remove the display. The next report shows it again."""
        if self._is_shown:
            self._is_shown = False
            for handler, stream in self._log_streams:
                handler.setStream(stream)
            self._bars.stop()

    def _redirect_log(self) -> None:
        """Let log lines appear above the display, through the stream that rich has put in the place of standard error."""
        handlers = [one for one in logging.getLogger("syncd").handlers if isinstance(one, logging.StreamHandler)]
        self._log_streams = [(one, one.stream) for one in handlers]
        for handler in handlers:
            handler.setStream(sys.stderr)


class _Bars(bars.Progress):
    """One bar with words, the last dates above it, and what happens at this moment below it."""

    def __init__(
        self, text: ProgressText, console: Console, clock: Callable[[], float], *, refreshes_itself: bool
    ) -> None:
        # rich draws the display once while it is made.
        self._text = text
        self.days: deque[str] = deque(maxlen=_DAYS_SHOWN)
        bar = [bars.BarColumn(_BAR_WIDTH)] if console.width >= _BAR_FROM else []
        super().__init__(
            *bar,
            _Words(text, console.width - (_BAR_WIDTH + 1 if bar else 0)),
            console=console,
            auto_refresh=refreshes_itself,
            refresh_per_second=_REFRESHES_A_SECOND,
            transient=True,
            redirect_stdout=False,
            get_time=clock,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the lines of the display. None is wider than the terminal."""
        yield from map(_make_line, list(self.days))
        yield self.make_tasks_table(self.tasks)
        if self._text.detail:
            yield _make_line(f"  {self._text.detail}")


class _Words(bars.ProgressColumn):
    """The words beside the bar, as many as have room."""

    def __init__(self, text: ProgressText, room: int) -> None:
        super().__init__()
        self._text, self._room = text, room

    def render(self, task: bars.Task) -> Text:  # noqa: ARG002  rich's signature
        """Return what is being done, and how much of it is done."""
        return _make_line(self._text.describe(self._room))


def _make_line(text: str) -> Text:
    line = Text.from_ansi(text)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
