"""Long work: report its progress, stop it at a safe point, and wait where arXiv asks for a pause."""

from __future__ import annotations

import logging
from dataclasses import field
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from syncd.core.errors import CoolingDown
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from syncd.core.results import DayOutcome
    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.web import Response

_AFTER_COOLDOWN = 0.05
"""Seconds waited beyond a cooldown, so that the next request does not find the same cooldown in its last moment."""


_SAID_FROM = 1.0
"""A wait of fewer seconds is not reported."""

T = TypeVar("T")


class Cancelled(Exception):
    """The work was asked to stop, or its time is up. What was finished is kept. It never leaves the use cases."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work has come: `done` of `total` things of the kind `unit` (a noun). `doing` says what goes on.

    Without `doing`, the report is a sign of life of what was reported last. `total` is 0 where nothing is known of it, and an
    estimate where `is_estimate`. `seconds_each` is the least time that one thing takes at arXiv's rate limits, 0 where none
    applies. `detail` is what happens at this moment. `share` is the part of a file that has been read, from 0 to 1. `outcome` is
    the date that was just finished.
    """

    doing: str
    done: int = 0
    total: int = 0
    unit: str = "day"
    seconds_each: float = 0.0
    is_estimate: bool = False
    detail: str = ""
    share: float = 0.0
    outcome: DayOutcome | None = None


def _ignore(_progress: Progress) -> None:
    """Report to no one."""


@dataclass(frozen=True, slots=True)
class RunControl:
    """Where progress is reported, and what stops the work: `cancel` is set from outside (a signal), `deadline` is real UTC.

    `asking` is set while a request is under way. It may be broken off at any moment, as nothing of it is kept yet.
    `meanwhile` is called between two steps of work that asks for nothing: it may ask for what will be wanted later.
    """

    report: Callable[[Progress], None] = _ignore
    cancel: Event = field(default_factory=Event)
    asking: Event = field(default_factory=Event)
    deadline: datetime | None = None
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    meanwhile: Callable[[], None] = lambda: None

    def check_cancelled(self) -> None:
        """Raise Cancelled when the work must stop here."""
        if self.cancel.is_set() or (self.deadline is not None and self.wall() >= self.deadline):
            raise Cancelled

    def check_signalled(self) -> None:
        """Raise Cancelled in the middle of a step when a signal asks for the end. A deadline lets the step end first."""
        if self.cancel.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait for `seconds` before a request, and say so. Cancelled is raised as `pause` does."""
        if seconds >= _SAID_FROM:
            self.report(Progress("", detail=f"waiting {seconds:.0f} s, to keep arXiv's rate limits"))
        self.pause(seconds)
        if seconds >= _SAID_FROM:
            self.report(Progress("", detail="waiting for arXiv's answer"))

    def pause(self, seconds: float) -> None:
        """Wait for `seconds`. Raise Cancelled at once when the work is cancelled, or else at the deadline."""
        if self.deadline is not None:
            seconds = max(0.0, min(seconds, (self.deadline - self.wall()).total_seconds()))
        self.cancel.wait(seconds)
        self.check_cancelled()

    def count(self, doing: str, unit: str = "day") -> Callable[[int, int], None]:
        """Return a function that reports how many are done of how many. It raises Cancelled where the work must stop."""

        def go_on(done: int, total: int) -> None:
            self.report(Progress(doing, done, total, unit))
            self.check_cancelled()

        return go_on

    def follow(self, things: Iterable[T], doing: str, total: int, unit: str = "day") -> Iterator[T]:
        """Yield the things one by one, and report before each how many are done. Raise Cancelled where the work must stop."""
        go_on, done = self.count(doing, unit), 0
        for thing in things:
            go_on(done, total)
            yield thing
            done += 1
        self.report(Progress(doing, done, max(done, total), unit))


UNSTOPPED = RunControl()
"""The control of work that reports to no one and that nothing stops."""

_MAX_WAITS = 6
"""How many cooldowns in a row one request waits for. They last up to ten minutes each: after that, a later run continues."""


@dataclass(frozen=True, slots=True)
class WaitingClient:
    """A client that waits until a cooldown of its host is over instead of giving up, as a backfill and the daemon do.

    CoolingDown when the host asks for a pause again after each of several waits.
    """

    web: WebClient
    control: RunControl

    def get(self, url: str, *, expect: str) -> Response:
        """Return the response to one polite request, however long its host must be left alone first."""
        waits = 0
        while True:
            self.control.check_cancelled()
            try:
                return self.web.get(url, expect=expect)
            except CoolingDown as cooldown:
                waits += 1
                if waits > _MAX_WAITS:
                    raise
                text = f"waiting until {cooldown.until:%Y-%m-%d %H:%M} UTC, as {cooldown.host} asks"
                logging.getLogger("syncd").warning("%s", text)
                self.control.report(Progress("", detail=text))
                seconds = (cooldown.until - self.control.wall()).total_seconds()
                self.control.pause(seconds + _AFTER_COOLDOWN)


def stop_waiting(web: WebClient) -> WebClient:
    """Return a client that raises CoolingDown at once where this one waits."""
    return web.web if isinstance(web, WaitingClient) else web
