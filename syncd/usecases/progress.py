"""Long work told of while it goes on, ended at a safe point when somebody asks, and patient where arXiv asks for rest."""

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


class Cancelled(Exception):
    """The work was asked to end, or its time is up; what was finished is kept. It never leaves the use cases."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work has come: days done and in all, records read, requests sent; `doing` says what is going on.

    `share` is the part of a file that has been read, from 0 to 1; `day` is the listing date just finished.
    """

    doing: str
    days: int = 0
    of_days: int = 0
    records: int = 0
    requests: int = 0
    share: float = 0.0
    day: date | None = None


def _silent(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class RunControl:
    """Who is told, and who may end the work: `ask` is set from outside (a signal), `deadline` is real UTC or None."""

    report: Callable[[Progress], None] = _silent
    cancel: Event = field(default_factory=Event)
    deadline: datetime | None = None
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)

    def check_cancelled(self) -> None:
        """Stopped when the work is to end here."""
        if self.cancel.is_set() or (self.deadline is not None and self.wall() >= self.deadline):
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Wait so long, unless the work is to end: then Stopped at once, or at the deadline."""
        if self.deadline is not None:
            seconds = max(0.0, min(seconds, (self.deadline - self.wall()).total_seconds()))
        self.cancel.wait(seconds)
        self.check_cancelled()


@dataclass(frozen=True, slots=True)
class WaitingClient:
    """A door that waits out the rest a host asks for instead of giving up, as a backfill and the daemon do."""

    web: WebClient
    watch: RunControl

    def get(self, url: str, *, expect: str) -> Response:
        """The answer to one polite request, however long its host rests first."""
        while True:
            self.watch.check_cancelled()
            try:
                return self.web.get(url, expect=expect)
            except CoolingDown as resting:
                self.watch.wait((resting.until - self.watch.wall()).total_seconds() + 0.05)
