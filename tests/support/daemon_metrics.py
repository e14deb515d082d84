"""The metrics of a daemon that saw everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.core.health import Trouble
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
    report = TurnReport(
        DaemonState(), NextJob(Job.POLL, now), view=view, jobs=(JobResult(Job.POLL, codes=("y",)),),
        open=(Trouble("x", "", ""),), requests={("a", "200"): 1},
    )  # fmt: skip
    found = DaemonMetrics()
    found.update(report, now, is_leader=True)
    return list(make_registry(found).collect())
