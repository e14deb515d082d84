"""The facts that the HTML report shows, as values."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from syncd.core.model import Certainty
    from syncd.core.paper_history import ChangedPaper, DeletedPaper, Knowledge
    from syncd.core.results import Problem, Status


@dataclass(frozen=True, slots=True)
class HostRequests:
    """The requests sent to one host: how many, the shortest gap between two in seconds, and the last status.

    `stopped_since` and `cooldown_until` are UTC. `stopped_since` is the time of a 403 that no person has released, and
    `stopped_for` says what the host did.
    """

    host: str
    count: int
    min_gap: float | None
    last_status: int | None
    stopped_since: datetime | None = None
    cooldown_until: datetime | None = None
    stopped_for: str | None = None


@dataclass(frozen=True, slots=True)
class MonthDelays:
    """How many mailings of a month were recorded how soon after their announcement: within an hour, within a day, later."""

    first: date
    hour: int
    day: int
    later: int


@dataclass(frozen=True, slots=True)
class MonthRequests:
    """The requests that were sent in a month (UTC).

    Some were `answered`. To others arXiv said to wait (429, 503) or to stop (403), so that a pause followed: `paused`. The rest
    `failed`, without an answer or with another one.
    """

    first: date
    answered: int
    paused: int
    failed: int


@dataclass(frozen=True, slots=True)
class ArchiveSizes:
    """Bytes of the digests as they were when last read, of the database, and of the vault. None where that is not known."""

    digests: int
    database: int
    vault: int | None


@dataclass(frozen=True, slots=True)
class GitState:
    """The checkout that is published from: its branch, its newest commit, and the digests that are not committed.

    `is_pushed` says whether the remote had the newest commit when it was last asked, None where there is no remote. `problem`
    says why the checkout could not be read. It is empty where it could.
    """

    branch: str = ""
    commit: str | None = None
    waiting: int = 0
    is_pushed: bool | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything that the report shows. `made` is aware, `lately` are the papers that changed last, newest first.

    `known` says of how many announced papers a source stated the newest version: the others are neither revised nor unrevised.
    `placed` counts the entries by the certainty of their date. `deleted` are the announced papers that upstream has deleted.
    `delays` are of mailings whose listing was seen. `git` is None where nothing is published, or the checkout was not looked at.
    `unread` counts the files that changed since they were last read, and were not read for the report.
    """

    category: str
    made: datetime
    status: Status
    problems: tuple[Problem, ...]
    papers: int
    revised: int
    withdrawn: int
    lately: tuple[ChangedPaper, ...]
    hosts: tuple[HostRequests, ...]
    known: Knowledge
    placed: Mapping[Certainty, int] = field(default_factory=dict)
    paragraphs_unknown: int = 0
    deleted: tuple[DeletedPaper, ...] = ()
    delays: tuple[MonthDelays, ...] = ()
    requests: tuple[MonthRequests, ...] = ()
    sizes: ArchiveSizes | None = None
    git: GitState | None = None
    unread: int = 0
