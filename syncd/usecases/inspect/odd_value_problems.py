"""Name the stored values that cannot be understood, so that the first of them does not end the check that should find it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.archive.sql import odd_values
from syncd.archive.sql.database import open_database
from syncd.core.errors import READING_ERRORS, DatabaseError, FolderError, SyncdError
from syncd.core.reasons import REBUILD
from syncd.core.results import CheckResult
from syncd.usecases.inspect.day_problems import describe_unreadable, find_format_problems, make_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.config import Config
    from syncd.core.results import Problem
    from syncd.usecases.workspace import Workspace


def find_odd_values(work: Workspace, *, full: bool, of_papers: bool = False) -> Iterator[Problem]:
    """Yield a problem for each column with such values. Unless `full`, large tables are left out.

    Those of papers and mailings are, unless `of_papers`.
    """
    for odd in odd_values.find_odd_values(work.database, full=full, of_papers=of_papers):
        more = f", and {odd.count - 1} more" if odd.count > 1 else ""
        message = (
            f"table {odd.table}, {odd.row}: {odd.column} is {odd.value}, which cannot be understood{more}; {REBUILD}"
        )
        yield replace(make_problem("sql-damaged", None, None, message), repair="syncd replay")


def find_damage_behind(error: BaseException, config: Config) -> DatabaseError | None:
    """Return as damage an error that no command expects, where the database holds a value that no command can understand.

    None where all its values can be understood: then the error is a mistake of syncd.
    """
    if not isinstance(error, READING_ERRORS):
        return None
    try:
        with closing(open_database(config.database.url, create=False, read_only=True)) as database:
            found = odd_values.find_odd_values(database, full=True, of_papers=True)
    except SyncdError:
        return None
    if not found:
        return None
    first = found[0]
    detail = (
        f"a stored value cannot be understood: table {first.table}, {first.row}: {first.column} is {first.value}; "
        "to see all of them: syncd check --full"
    )
    return DatabaseError(detail, path=database.name, is_damage=True)


def check_without_rows(work: Workspace, error: DatabaseError) -> CheckResult:
    """Return what can be said where the rows cannot be read: the values at fault, and the format of every file.

    Raise `error`, by which the rows could not be read, where no value is at fault.
    """
    problems = list(find_odd_values(work, full=True, of_papers=True)) if error.is_damage else []
    if not problems:
        raise error
    files = 0
    for day, path in work.folder.days():
        try:
            found = work.folder.read_with_stat(day)
        except FolderError as unreadable:
            problems.append(describe_unreadable(day, path, unreadable))
            continue
        files += found is not None
        problems += find_format_problems(work, day, found[0]) if found is not None else ()
    return CheckResult(tuple(problems), files, 0)
