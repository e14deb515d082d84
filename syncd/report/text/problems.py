"""Show a check as lines: problems grouped by code, faults first, and each command that repairs once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.core.plural import pluralize
from syncd.core.printable import printable
from syncd.core.reasons import REASONS, REBUILD
from syncd.report.terminal import list_dates, paint
from syncd.report.text.skipped_dates import list_skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.results import CheckResult, Problem

SHOWN = 20
"""At most this many problems of one code are listed. The rest is counted, and JSON lists all."""
_NAMED = 5
"""A command is shown with its dates when there are at most this many."""
_WITH_CHOICE = frozenset({"file-edited", "both-changed"})
"""Of these a person may keep either side."""
_ORDER = (Severity.FAULT, Severity.DRIFT, Severity.HINT)


def of_check(checked: CheckResult) -> Iterator[str]:
    """Yield the problems, the totals (also when there are none), and the commands that repair them."""
    for group in _group_by_code(checked.problems):
        yield from _group(group)
    faults = [problem for problem in checked.problems if problem.severity is not Severity.HINT]
    hints = len(checked.problems) - len(faults)
    yield from list_skipped(checked.absent)
    if not (checked.problems or checked.read or checked.skipped):
        yield "nothing was examined"
        return
    none = "no problems found so far" if checked.ended else paint("good", "no problems found")
    result = pluralize(len(faults), "problem") + " found" if faults else none
    hinted = f", {pluralize(hints, 'hint')}" if hints else ""
    counts = f"{pluralize(checked.read, 'file')} read, {checked.skipped:,} unchanged since the last check"
    yield f"{result}{hinted}; {counts}"
    yield from _repairs(faults)


def _group_by_code(problems: Iterable[Problem]) -> list[list[Problem]]:
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.code, []).append(problem)
    return sorted(groups.values(), key=lambda group: _ORDER.index(group[0].severity))


def _group(group: Sequence[Problem]) -> Iterator[str]:
    first = group[0]
    meaning = REASONS[first.code].meaning if first.code in REASONS else ""
    counted = f" ({len(group):,} times)" if len(group) > 1 else ""
    yield f"{paint(first.severity)}  {first.code}: {meaning}{counted}"
    yield from (_problem(problem, meaning) for problem in group[:SHOWN])
    if len(group) > SHOWN:
        yield f"  … and {len(group) - SHOWN:,} more; --json lists all"
    yield ""


def _problem(problem: Problem, meaning: str) -> str:
    where = printable(problem.path or str(problem.day or "the archive"))
    line = f":{problem.line}" if problem.line else ""
    message = f"  {printable(problem.message)}" if problem.message != meaning else ""
    return f"  {where}{line}{message}"


def _repairs(faults: Iterable[Problem]) -> Iterator[str]:
    """Yield a line for each kind of command, with its dates when they are few, else with their number."""
    kinds: dict[str, set[date]] = {}
    choices: set[date] = set()
    is_database_damaged = False
    for problem in faults:
        is_database_damaged |= REBUILD in problem.message
        if problem.repair:
            bare = " ".join(word for word in problem.repair.split() if word != str(problem.day))
            kinds.setdefault(bare, set()).update([problem.day] if problem.day else [])
            choices.update([problem.day] if problem.day and problem.code in _WITH_CHOICE else [])
    if kinds:
        if is_database_damaged:
            yield f"to fix: {REBUILD}; run:"
            kinds = {"syncd replay": set()}  # it brings back all that the other commands would, too
        else:
            yield "to fix, run:"
        yield from (f"  {_command(bare, sorted(days))}" for bare, days in kinds.items())
    if choices:
        yield "or, to keep the file as it is now:"
        yield f"  {_command('syncd repair --accept-file', sorted(choices))}"


def _command(bare: str, days: Sequence[date]) -> str:
    if not days or len(days) <= _NAMED:
        return " ".join([bare, *map(str, days)])
    if bare == "syncd repair":
        return f"{bare}  # without dates it repairs all of them: {list_dates(days)}"
    return f"{bare} DATE…  # {list_dates(days)}"
