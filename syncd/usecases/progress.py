"""Long work: report its progress, stop it at a safe point, and wait where arXiv asks for a pause."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

from syncd.core.errors import CoolingDown

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from syncd.usecases.ingest.upstream_client import WebClient
    from syncd.web import Response

_AFTER_COOLDOWN = 0.05
"""Seconds waited beyond a cooldown, so that the next request does not find the same cooldown in its last moment."""


class Cancelled(Exception):
    """The work was asked to stop, or its time is up. What was finished is kept. It never leaves the use cases."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work has come: days done and in total, records read, requests sent. `doing` says what is going on.

    `share` is the part of a file that has been read, from 0 to 1. `day` is the listing date just finished.
    """

    doing: str
    days: int = 0
    of_days: int = 0
    records: int = 0
    requests: int = 0
    share: float = 0.0
    day: date | None = None


def _ignore(_progress: Progress) -> None:
    """Report to no one."""


@dataclass(frozen=True, slots=True)
class RunControl:
    """Where progress is reported, and what stops the work: `cancel` is set from outside (a signal), `deadline` is real UTC."""

    report: Callable[[Progress], None] = _ignore
    cancel: Event = field(default_factory=Event)
    deadline: datetime | None = None
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)

    def check_cancelled(self) -> None:
        """Raise Cancelled when the work must stop here."""
        if self.cancel.is_set() or (self.deadline is not None and self.wall() >= self.deadline):
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait for `seconds`. Raise Cancelled at once when the work is cancelled, or else at the deadline."""
        if self.deadline is not None:
            seconds = max(0.0, min(seconds, (self.deadline - self.wall()).total_seconds()))
        self.cancel.wait(seconds)
        self.check_cancelled()


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
                seconds = (cooldown.until - self.control.wall()).total_seconds()
                self.control.wait(seconds + _AFTER_COOLDOWN)
