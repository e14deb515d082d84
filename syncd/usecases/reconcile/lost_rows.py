"""Find the dates whose rows are gone while a record or a file of them is left.

A mailing without entries is not one that was never fetched, and no source of upstream can say anything about it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.errors import FolderError
from syncd.core.results import LostRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.usecases.workspace import Workspace

NO_ENTRIES = "its entries are gone"
"""The corruption of a mailing of which only the record is left."""


def find_lost_rows(work: Workspace, since: date, until: date) -> dict[date, LostRows]:
    """Return the dates of the range whose rows are gone while something of them is left, ascending."""
    held = frozenset(work.store.list_days(since, until))
    found = {day: _describe_empty(work, day) for day in work.store.list_days_without_entries(since, until)}
    for day, path in _list_files(work, since, until, held):
        # Asked again: a writer may have brought row and file in between.
        if day not in held and work.store.mailing(day) is None:
            found[day] = LostRows(
                day, f"its file {path} is there, the database does not hold it", f"syncd repair {day}"
            )
    return dict(sorted(found.items()))


def explain_lost_rows(report: DayReport, lost: Mapping[date, LostRows]) -> DayReport:
    """Return the report of a date with what is left of its rows as evidence, unchanged where they are not lost."""
    found = lost.get(report.day)
    return report if found is None else replace(report, evidence=f"{found.why}: {found.repair}")


def _describe_empty(work: Workspace, day: date) -> LostRows:
    if work.folder.stat(day) is not None:
        return LostRows(day, NO_ENTRIES, f"syncd repair {day}")
    return LostRows(day, f"{NO_ENTRIES}, and so is its file", f"syncd replay {day}", has_file=False)


def _list_files(work: Workspace, since: date, until: date, expected: Iterable[date]) -> list[tuple[date, str]]:
    """Return the dates of the range that have a file, with its path. Without any where the folder cannot be read.

    That is the matter of `check`. Most dates are `expected`. A single one is looked up, as a folder may have thousands.
    """
    try:
        if since == until:
            days = [since] if work.folder.stat(since) is not None else []
        else:
            days = [day for day, _ in work.folder.days(expected) if since <= day <= until]
        return [(day, work.folder.path_of(day)) for day in days]
    except FolderError:
        return []
