"""Name papers, authors, categories and histories whose rows are not what was recorded. This module changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.usecases.inspect.day_problems import make_problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.core.results import Problem
    from syncd.usecases.workspace import Workspace

REPLAY_ALL = "syncd replay"
"""The command that gives papers back what the kept responses state of them."""
_MAX_NAMED = 10
"""Up to this number, each paper has a problem of its own. Of more papers there is one problem, which counts them."""
_ROWS = "a row (its own, or a text, version, author, category or sighting of it)"


def find_odd_papers(work: Workspace, before: Sequence[Problem]) -> Iterator[Problem]:
    """Yield the papers and names whose rows were changed, except papers of mailings whose texts were reported `before`."""
    reported = {problem.day for problem in before if problem.code in {"sql-damaged", "row-missing"}}
    odd = work.store.list_odd_papers()
    days = {paper: _list_days(work, paper) for paper in (odd if reported else odd[:_MAX_NAMED])}
    odd = [paper for paper in odd if reported.isdisjoint(days.get(paper, ()))]
    if len(odd) > _MAX_NAMED:
        yield _describe(f"of {len(odd)} papers, e.g. {', '.join(odd[:3])}, {_ROWS} is not what was recorded")
    else:
        for paper in odd:
            yield replace(_describe(f"{paper}: {_ROWS} is not what was recorded"), day=min(days[paper], default=None))
    names = work.store.list_odd_names()
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield _describe(f"the row of {', '.join(names[:3])}{more} is not what was recorded")


def find_lost_history(work: Workspace, days: Collection[date], before: Sequence[Problem]) -> list[Problem]:
    """Return the mailings of these days whose rows are sound and whose record the history lacks, or has otherwise."""
    wanted = set(days).difference(problem.day for problem in before if problem.severity is Severity.FAULT)
    lacking = work.store.list_days_outside_history()
    return [make_problem("history-differs", day, None) for day in lacking if day in wanted]


def _list_days(work: Workspace, paper: PaperId) -> list[date]:
    return [shown.day for shown in work.store.list_appearances(paper)]


def _describe(message: str) -> Problem:
    return replace(make_problem("sql-damaged", None, None, message), repair=REPLAY_ALL)
