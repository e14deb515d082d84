"""The metrics of a daemon that saw everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.core.troubles import Acknowledgement, Trouble
from syncd.daemon.metrics import DaemonMetrics, make_registry
from syncd.daemon.schedule import ArchiveView, Job, NextJob
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import JobResult, TurnReport

if TYPE_CHECKING:
    from prometheus_client.core import Metric


def collect_every_metric() -> list[Metric]:
    """Return all metrics that there are, each with at least one sample."""
    now = datetime(2026, 3, 10, tzinfo=UTC)
    view = ArchiveView(now.date(), is_waiting=False, next_due=now.date(), states={"complete": 1}, rests={"a": now})
    seen = Acknowledgement("x", "", "", 1, "anna@host", "", now)
    report = TurnReport(
        DaemonState(), NextJob(Job.POLL, now), view=view, jobs=(JobResult(Job.POLL, codes=("y",)),),
        open=(Trouble("x", "", "", acknowledged=seen),), requests={("a", "200"): 1}, failed_hooks=("new",), is_pushed=True,
    )  # fmt: skip
    found = DaemonMetrics(labels={"archive": "/srv/archive", "category": "cs.CV"})
    found.update(report, now, is_leader=True)
    return list(make_registry(found).collect())
