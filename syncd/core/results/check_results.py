"""The result of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.model import Severity
    from syncd.core.results.run_results import SkippedDate


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check. `line` counts from 1, `path` is relative to the root, `repair` is the command that helps."""

    day: date | None
    path: str | None
    line: int | None
    code: str
    severity: Severity
    message: str
    repair: str | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check. `skipped` counts the files that were not read because their stat has not changed.

    `absent` are the dates that were named and have nothing to check. `ended` is True when a signal stopped it early. `unread`
    counts the changed files that were left out because no more were to be read.
    """

    problems: tuple[Problem, ...]
    read: int
    skipped: int
    absent: tuple[SkippedDate, ...] = ()
    ended: bool = False
    unread: int = 0
