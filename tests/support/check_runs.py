"""Run a check of a sound archive, and read what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.usecases.inspect.check import Scope, check

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.results import CheckResult, Problem
    from tests.support.sound_archive import Held


def run_check(held: Held, *days: date, full: bool = False, share: int = 1, shares: int = 1) -> CheckResult:
    """Return what a check of these dates (default: all) finds."""
    with held.open() as work:
        return check(work, Scope(days, full, share, shares))


def list_codes(checked: CheckResult) -> set[str]:
    """Return the codes of all problems."""
    return {found.code for found in checked.problems}


def find_only(checked: CheckResult) -> Problem:
    """Return the one problem that there must be."""
    (found,) = checked.problems
    return found
