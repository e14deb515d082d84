"""A daemon that makes its turns in this process, on a clock that only the test moves."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.daemon import cycle, notifications, state
from syncd.daemon.jobs import Tools
from syncd.daemon.state import DaemonState
from syncd.usecases.progress import RunControl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from syncd.core.troubles import HookEvent, Trouble
    from syncd.daemon.notifications import Facts
    from syncd.daemon.worker import JobResult, TurnReport
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace
    from tests.support.small_archive import World


@dataclass
class TurnMaker:
    """The daemon of one host: each turn begins with the state of the last one; `restart` forgets what was not saved."""

    here: World
    work: Workspace
    state: DaemonState = field(default_factory=DaemonState)
    control: RunControl = field(default_factory=RunControl)
    open_upstream: Callable[[Workspace], AbstractContextManager[ListingClient]] | None = None
    is_current: Callable[[], bool] = lambda: True
    on_job: Callable[[JobResult], None] = lambda _result: None
    spread: float = 0.0

    @property
    def tools(self) -> Tools:
        open_upstream = self.open_upstream or (lambda _work: nullcontext(self.here.upstream))
        return Tools(self.work, open_upstream, self.control, self.is_current, self.on_job, self.spread)

    def lead(self, now: datetime | None = None) -> TurnReport:
        return self._make(cycle.lead, now)

    def follow(self, now: datetime | None = None) -> TurnReport:
        return self._make(cycle.follow, now)

    def restart(self) -> None:
        self.state = state.load(self.work.folder.root)

    def announce(self, most: int = 1000, *, is_leader: bool = True) -> list[str]:
        """Return the events that hooks were run for; after `most` of them the daemon is to end."""
        heard: list[str] = []

        def run_hooks(event: HookEvent, facts: Facts) -> bool:
            if len(heard) == most:
                return False
            heard.append(f"{event.name} {facts.get('date') or facts.get('code')}")
            return True

        if not is_leader or notifications.announce_shared(self.work, self.is_current, run_hooks):
            self.state = notifications.announce_own(self.work.folder.root, self.state, run_hooks)
        return heard

    def _make(self, act: Callable[[Tools, DaemonState], TurnReport], now: datetime | None) -> TurnReport:
        self.here.now = now or self.here.now
        report = act(self.tools, self.state)
        self.state = report.state
        return report


def keys(troubles: Iterable[Trouble]) -> list[str]:
    return [trouble.key for trouble in troubles]
