"""The facts that the HTML report shows, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
class ReportFacts:
    """Everything that the report shows. `made` is aware, `lately` are the papers that changed last, newest first.

    `known` says of how many announced papers a source stated the newest version: the others are neither revised nor unrevised.
    `placed` counts the entries by the certainty of their date. `deleted` are the announced papers that upstream has deleted.
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
