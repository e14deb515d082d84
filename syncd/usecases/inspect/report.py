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
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_LATELY = 15
"""The report lists this many of the papers that changed last."""


def gather_facts(work: Workspace, control: RunControl = UNSTOPPED, *, asks_git: bool = True) -> ReportFacts:
    """Return what the report shows. Files that have not changed since they were last read are not read again.

    Where `asks_git`, git is run to say how the checkout stands that is published from.

    Raise Cancelled where `control` stops the work: half of the facts make no report.
    """
    control.report(Progress("reading what changed"))
    revised = history.list_changed(work, "revised")
    found = check.check(work, check.Scope(), control)
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
        sizes=report_figures.measure_sizes(work),
        git=report_figures.read_git(work) if asks_git else None,
    )
