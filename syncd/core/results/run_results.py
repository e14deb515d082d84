"""The results of runs over dates: what became of each date."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.model import State


class Done(StrEnum):
    """The action taken on a date."""

    NONE = "none"
    WRITTEN = "written"
    REGISTERED = "registered"
    RESTORED = "restored"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class SkippedDate:
    """A date with nothing to examine, and why."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """One date after a run. `path` is relative to the root. What is not known is None.

    `day` is None only for a file whose date cannot be read, and for what concerns all dates. `source` names where a planned or
    fetched mailing comes from.
    """

    day: date | None
    state: State | None
    action: Done
    path: str | None = None
    papers: int | None = None
    error: SyncdError | None = None
    source: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """The result of a run over dates: its outcomes in the order of the work, and the number of requests really sent.

    `error` is what ended the run early, None if nothing did. `waiting` are dates that stay pending and need another command,
    ascending. `skipped` are dates that were named and have no mailing. `ended` is True when a signal stopped the run early, and
    `left` are the dates that it did not get to, in the order of the work.
    """

    days: tuple[DayOutcome, ...] = ()
    requests: int = 0
    error: SyncdError | None = None
    waiting: tuple[date, ...] = ()
    skipped: tuple[SkippedDate, ...] = ()
    ended: bool = False
    left: tuple[date, ...] = ()
