"""The result of a comparison with a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.errors import SyncdError
    from syncd.core.model import Change, PaperId
    from syncd.core.results.run_results import SkippedDate


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A part of a date that a comparison could not look at, and why. `is_rejected`: what upstream sent could not be used."""

    day: date
    what: str
    why: str
    is_rejected: bool = False


@dataclass(frozen=True, slots=True)
class DayFiles:
    """The two files of a date that differs. `path` is relative to the root. A side without a file is None."""

    day: date
    path: str
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison. `days` is the number of dates compared.

    `accepted` are differences that a person accepted before. `both` is filled only when the files themselves are wanted.
    `skipped` are dates that were asked for and have nothing to compare. `left_out` counts the differences that are not among
    `changes` because they matter less than was asked for. `papers` are those that alone were compared on their dates, empty
    where all were. `ended` is True when a signal stopped the comparison early.
    """

    changes: tuple[Change, ...]
    days: int
    not_compared: tuple[NotCompared, ...] = ()
    requests: int = 0
    error: SyncdError | None = None
    accepted: tuple[Change, ...] = ()
    both: tuple[DayFiles, ...] = ()
    skipped: tuple[SkippedDate, ...] = ()
    left_out: int = 0
    papers: tuple[PaperId, ...] = ()
    ended: bool = False
