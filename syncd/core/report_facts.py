"""The facts that the report shows, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.core.paper_history import Changed
    from syncd.core.results import Problem, Status


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a host: how often, the shortest distance between two requests in seconds, and how it ended."""

    host: str
    count: int
    min_gap: float | None
    last_status: int | None
    rest: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page tells; `made` is aware. `lately` are the announced papers that changed last, newest first."""

    category: str
    made: datetime
    status: Status
    problems: tuple[Problem, ...]
    papers: int
    revised: int
    withdrawn: int
    lately: tuple[Changed, ...]
    asked: tuple[Asked, ...]
