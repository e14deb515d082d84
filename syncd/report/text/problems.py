"""A check as lines: problems in groups of one code, faults first, and the commands that repair, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.core.printable import printable
from syncd.core.reasons import REASONS
from syncd.report.terminal import many, paint, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.core.results import CheckResult, Problem

SHOWN = 20
"""So many problems of one code are listed; the rest is counted (JSON lists all)."""
_NAMED = 5
_ORDER = (Severity.FAULT, Severity.DRIFT, Severity.HINT)


def of_check(checked: CheckResult) -> Iterator[str]:
    """The problems, the sums (said aloud when there are none), and the commands that repair them."""
    for group in _groups(checked.problems):
        yield from _group(group)
    faults = [problem for problem in checked.problems if problem.severity is not Severity.HINT]
    hints = len(checked.problems) - len(faults)
    told = many(len(faults), "problem") + " found" if faults else paint("good", "no problems found")
    hinted = f", {many(hints, 'hint')}" if hints else ""
    seen = f"{many(checked.read, 'file')} read, {checked.skipped:,} unchanged since the last check"
    yield f"{told}{hinted}; {seen}"
    yield from _repairs(faults)


def _groups(problems: Iterable[Problem]) -> list[list[Problem]]:
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
    told = f"  {printable(problem.message)}" if problem.message != meaning else ""
    return f"  {where}{line}{told}"


def _repairs(faults: Iterable[Problem]) -> Iterator[str]:
    """A line for every kind of command: with its dates while they are few, else how many there are."""
    kinds: dict[str, set[date]] = {}
    for problem in faults:
        if problem.repair:
            bare = " ".join(word for word in problem.repair.split() if word != str(problem.day))
            kinds.setdefault(bare, set()).update([problem.day] if problem.day else [])
    if kinds:
        yield "to mend:"
        yield from (f"  {_command(bare, sorted(days))}" for bare, days in kinds.items())


def _command(bare: str, days: Sequence[date]) -> str:
    if not days or len(days) <= _NAMED:
        return " ".join([bare, *map(str, days)])
    if bare == "syncd repair":
        return f"{bare}  # without dates it sees to all of them: {some(days)}"
    return f"{bare} DATE…  # {some(days)}"
