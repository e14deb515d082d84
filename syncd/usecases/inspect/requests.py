"""List the requests that were sent, by host: the proof of politeness. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.report_facts import HostRequests
from syncd.usecases.upstream import open_ledger

if TYPE_CHECKING:
    from syncd.archive.sql.ledger import HostReport
    from syncd.usecases.workspace import Workspace


def list_hosts(work: Workspace) -> tuple[HostRequests, ...]:
    """Return what was asked of each host, by its name."""
    with open_ledger(work) as ledger:
        return tuple(map(describe_host, ledger.list_hosts()))


def describe_host(host: HostReport) -> HostRequests:
    """Return the requests of a host as the ledger has them."""
    return HostRequests(
        host.host,
        host.count,
        host.min_gap_s,
        host.last_status,
        host.stopped_since,
        host.cooldown_until,
        host.stopped_for,
    )
