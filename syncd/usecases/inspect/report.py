"""The facts of the report, gathered from ledger, files, papers and the record of requests; nothing is asked upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import Severity
from syncd.core.report_facts import Asked, Facts
from syncd.report.error_messages import moment
from syncd.usecases.inspect import check, history
from syncd.usecases.inspect.status import status
from syncd.usecases.upstream import open_ledger

if TYPE_CHECKING:
    from syncd.archive.sql.ledger import HostReport
    from syncd.usecases.workspace import Workspace

_LATELY = 15


def facts(work: Workspace) -> Facts:
    """What the report tells; files that have not changed since they were last read are not read again."""
    revised = history.changed(work, "revised")
    found = check.check(work, check.Scope())
    with open_ledger(work) as ledger:
        asked = tuple(_asked(host) for host in ledger.hosts())
    return Facts(
        category=work.config.archive.category,
        made=work.now(),
        status=status(work),
        problems=tuple(one for one in found.problems if one.severity is not Severity.HINT),
        papers=work.store.counts().papers,
        revised=len(revised),
        withdrawn=sum(one.withdrawn for one in revised),
        lately=tuple(sorted(revised, key=lambda one: one.when, reverse=True)[:_LATELY]),
        asked=asked,
    )


def _asked(host: HostReport) -> Asked:
    rest = ""
    if host.stopped_since is not None:
        rest = f"stopped by a 403 since {moment(host.stopped_since)}"
    elif host.cooldown_until is not None:
        rest = f"resting until {moment(host.cooldown_until)}"
    return Asked(host.host, host.count, host.min_gap_s, host.last_status, rest)
