"""Long commands watched from a terminal: progress on standard error, a first signal that asks, a second one that ends."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import FrameType
    from typing import Any

    from syncd.usecases.watching import Progress, Watch

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Watched:
    """One long command under watch; `signals` are those that asked it to end."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.signals: list[int] = []

    def exit_code(self) -> int:
        """130 or 143 when a signal ended the work, else 0."""
        return 128 + self.signals[0] if self.signals else 0


@contextmanager
def watched(deadline: datetime | None, *, shows: bool) -> Iterator[Watched]:
    """Watch a long command: a first signal asks it to end at a safe point, a second one ends it at once.

    `shows` draws progress on standard error if that is a terminal; at `deadline` (UTC) the work ends by itself.
    """
    from syncd.usecases.watching import Watch

    draws = shows and sys.stderr.isatty()
    made = Watched(Watch(tell=_draw if draws else _silent, deadline=deadline))
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def ask(number: int, _frame: FrameType | None) -> None:
        made.signals.append(number)
        made.watch.ask.set()
        click.echo("ending at a safe point; once more ends at once", err=True)
        _restore(before)

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield made
    finally:
        if draws:
            click.echo("\r\x1b[K", nl=False, err=True)
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _silent(_progress: Progress) -> None:
    """Tell nobody: nobody is looking."""


def _draw(progress: Progress) -> None:
    told = [progress.doing]
    if progress.of_days:
        told.append(f"{progress.days} of {progress.of_days} days")
    if progress.records:
        told.append(f"{progress.records:,} records")
    if progress.requests:
        told.append(f"{progress.requests} requests")
    if progress.share:
        told.append(f"{progress.share:.0%}")
    click.echo(f"\r\x1b[K{'  '.join(told)}", nl=False, err=True)
