"""A turn in a process of its own, as the daemon sees it: what is asked of it, what it reports, and how it may fail.

The daemon loads neither the database's library nor the network's, so that it stays small while it is idle. It loads this module,
which must not import anything that does.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from syncd.core.values import dataclass
from syncd.usecases.process import exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from syncd.config import Config
    from syncd.core.results import DayOutcome
    from syncd.core.troubles import Trouble
    from syncd.daemon.schedule import ArchiveView, Job, NextJob
    from syncd.daemon.state import DaemonState
    from syncd.usecases.process import Limits, StartPeer


class Mode(StrEnum):
    """What a turn is to do."""

    PREPARE = "prepare"
    """Open or create the archive, bring its schema up to date, finish what was interrupted."""
    LEAD = "lead"
    """Do all that is due."""
    FOLLOW = "follow"
    """Write and check the files of what another host archived."""
    REPORT = "report"
    """Only report `trouble`."""


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One turn to be made.

    `state` is None when nothing is known but what stands in folder and database. `is_measured` asks for sizes and counts.
    `trouble` is what the daemon saw itself.
    """

    config: Config
    mode: Mode
    state: DaemonState | None = None
    is_measured: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job did: how long it took, the mailings it wrote, the codes of the differences or problems it found.

    `failure` says in words what arXiv, a page of it or this side's disk or database refused. It is empty when nothing did.
    `is_unanswered` says that arXiv did not answer, `is_known` that this was the same before. `silence` is for how long it had
    not, when it answers again.
    """

    job: Job
    new: tuple[DayOutcome, ...] = ()
    failure: str = ""
    codes: tuple[str, ...] = ()
    seconds: float = 0.0
    is_unanswered: bool = False
    is_known: bool = False
    silence: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TurnReport:
    """What a turn did and found.

    `state` is what the next turn begins with, `next` says when that is due. `raised` are troubles that are news, `over` those
    that ended, `open` all that are known. `view` is the archive afterwards, None where it could not be looked at; `next_poll`
    is when arXiv is looked at next. `status` is the line for `systemctl status`. `requests` (by host and status) and sizes
    in bytes are there where they were asked for.

    `failed_hooks` are the events whose hooks failed, one for each. `is_pushed` says that a remote has all commits.

    `is_prepared` is false where the archive could not even be opened, which may pass. `should_yield` is true when another
    host should lead, because the disk or database of this one fails, or mailings are missed and arXiv does not answer it.
    """

    state: DaemonState
    next: NextJob
    jobs: tuple[JobResult, ...] = ()
    raised: tuple[Trouble, ...] = ()
    over: tuple[Trouble, ...] = ()
    open: tuple[Trouble, ...] = ()
    view: ArchiveView | None = None
    next_poll: datetime | None = None
    status: str = ""
    requests: Mapping[tuple[str, str], int] = field(default_factory=dict)
    database_bytes: int = 0
    folder_bytes: int = 0
    failed_hooks: tuple[str, ...] = ()
    is_pushed: bool = False
    is_prepared: bool = True
    should_yield: bool = False

    @property
    def new(self) -> tuple[DayOutcome, ...]:
        """The mailings it wrote, in the order of the work."""
        return tuple(outcome for result in self.jobs for outcome in result.new)


class TurnFailed(Exception):
    """The process of a turn ended with `code` (negative: a signal) and without a report. It has said why itself.

    With 0 it could not be started, and the message says why.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason or f"ended with {code}")
        self.code = code


def run_turn(start: StartPeer, request: TurnRequest, on_progress: Callable[[str], None], limits: Limits) -> TurnReport:
    """Let a process that `start` starts make a turn; TurnFailed when it ends without a report. It is given a descriptor.

    `on_progress` is called at each sign of life with what is being done, or with nothing where that has not changed.
    """
    reports: list[TurnReport] = []

    def hear(message: object) -> None:
        if isinstance(message, TurnReport):
            reports.append(message)
        else:
            on_progress(str(message))

    code, reason = exchange(start, request, hear, limits)
    if not reports:
        raise TurnFailed(code, reason)
    return reports[0]
