"""Gather the facts of the report from coverage, files, papers and the politeness ledger. Nothing is asked upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.core.report_facts import ReportFacts
from syncd.usecases.inspect import check, history, report_figures
from syncd.usecases.inspect.requests import list_hosts
from syncd.usecases.inspect.status import status
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_LATELY = 15
"""The report lists this many of the papers that changed last."""
_MOST_READ = 20
"""At most this many changed files are read where the report cannot take long."""


def gather_facts(
    work: Workspace,
    control: RunControl = UNSTOPPED,
    *,
    in_full: bool = True,
    measure_folder: Callable[[Path], int | None] = report_figures.measure_folder,
) -> ReportFacts:
    """Return what the report shows. Files that have not changed since they were last read are not read again.

    A page of the web cannot wait for hundreds of files or for git: unless `in_full`, few changed files are read, the others are
    counted, and git is not run. `measure_folder` returns the bytes in the folder of the vault.

    Raise Cancelled where `control` stops the work: half of the facts make no report.
    """
    control.report(Progress("reading what changed"))
    revised = history.list_changed(work, "revised")
    found = check.check(work, check.Scope(most_read=None if in_full else _MOST_READ), control)
    if found.ended:
        raise Cancelled
    control.report(Progress("counting"))
    counts = work.store.counts()
    return ReportFacts(
        category=work.config.archive.category,
        made=work.now(),
        status=status(work),
        problems=tuple(one for one in found.problems if one.severity is not Severity.HINT),
        papers=counts.papers,
        revised=len(revised),
        withdrawn=sum(one.withdrawn for one in revised),
        lately=tuple(sorted(revised, key=lambda one: one.when, reverse=True)[:_LATELY]),
        hosts=list_hosts(work),
        known=work.store.read_knowledge(),
        placed=counts.placed,
        paragraphs_unknown=work.store.count_unknown_paragraphs(),
        deleted=work.store.list_deleted(),
        delays=report_figures.count_delays(work),
        requests=report_figures.count_requests(work),
        sizes=report_figures.measure_sizes(work, measure_folder),
        git=report_figures.read_git(work) if in_full else None,
        unread=found.unread,
    )
