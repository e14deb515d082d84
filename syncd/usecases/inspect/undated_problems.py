"""What a check of all dates finds that belongs to no single date: the database itself, strays in the folder, checksums.

Nothing is changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.core.reasons import REBUILD
from syncd.usecases.inspect.day_problems import describe_corruption, make_problem
from syncd.usecases.inspect.odd_paper_problems import REPLAY_ALL
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.day_state import read_day

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.archive.files.digest_folder import Survey
    from syncd.archive.sql.database_faults import DatabaseFault
    from syncd.core.results import Problem
    from syncd.usecases.workspace import Workspace

_REPAIRED_WITH_INDEX = frozenset({"row-missing", "sql-damaged"})
"""Repairing these writes the rows anew, and the full-text index with them."""


def find_database_problems(work: Workspace, before: Sequence[Problem]) -> list[Problem]:
    """Check the database file itself, and the full-text index unless repairing what was found `before` renews it anyway."""
    reported = {problem.day for problem in before if problem.severity is Severity.FAULT}
    are_papers_reported = any(problem.repair == REPLAY_ALL for problem in before)
    faults = [
        one
        for one in work.database.find_faults()
        if (one.day is None or one.day not in reported) and not (one.is_of_papers and are_papers_reported)
    ]
    found = [_describe_fault(work, one) for one in faults]
    if _REPAIRED_WITH_INDEX.isdisjoint(problem.code for problem in (*before, *found)):
        count = work.store.count_unindexed()
        if count:
            message = (
                f"{count} {'entry is' if count == 1 else 'entries are'} not found, or found where they no longer stand"
            )
            found.append(make_problem("index-stale", None, None, message))
    return found


def _describe_fault(work: Workspace, fault: DatabaseFault) -> Problem:
    if fault.day is not None:
        content = read_day(work, fault.day)
        return replace(describe_corruption(content, work.folder.path_of(fault.day)), message=fault.what)
    way_back = "" if fault.is_of_papers else f"; {REBUILD}"
    message = f"the database itself: {fault.what}{way_back}"
    return replace(make_problem("sql-damaged", None, None, message), repair=REPLAY_ALL)


def find_strays(work: Workspace, survey: Survey | None, mailings: Collection[date]) -> Iterator[Problem]:
    """Yield what lies in the folder and is no digest. A link in the place of a held digest is reported with its date."""
    codes = {"temporary": "leftover-temp", "link": "file-damaged", "unknown": "stray-file"}
    messages = {"link": "a symbolic link stands in the place of a digest"}
    strays = () if survey is None else survey.strays
    paths = {work.folder.path_of(day) for day in mailings} if strays else set()
    for stray in strays:
        if stray.path not in paths:
            problem = make_problem(codes[stray.why], None, stray.path, messages.get(stray.why, ""))
            yield replace(problem, repair=None)


def find_outdated_checksums(work: Workspace, agreed: Mapping[date, str]) -> Iterator[Problem]:
    """Yield the years whose checksums are outdated, and still are when the agreements are read a second time."""
    outdated = checksums.find_outdated(work.folder, agreed)
    if outdated:
        still = checksums.find_outdated(work.folder, work.store.list_agreed_hashes())
        for year in sorted(outdated.keys() & still.keys()):
            yield make_problem("manifest-stale", None, work.folder.checksums_path(year))
