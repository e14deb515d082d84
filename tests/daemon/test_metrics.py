"""What a monitoring system reads, from the reports of turns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest

from syncd.core.coverage import DayReport
from syncd.core.errors import FolderError
from syncd.core.health import Health, Trouble
from syncd.core.model import State
from syncd.daemon.metrics import DaemonMetrics, make_registry, write_file
from syncd.daemon.schedule import ArchiveView, Job, NextJob
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import JobResult, TurnReport

if TYPE_CHECKING:
    from pathlib import Path

LAST, NOW = date(2026, 7, 13), datetime(2026, 7, 14, tzinfo=UTC)
VIEW = ArchiveView(LAST, is_waiting=False, next_due=date(2026, 7, 14), health=Health(LAST, (), (), 0), lag=2)
REPORT = TurnReport(DaemonState(), NextJob(Job.POLL, NOW), view=VIEW, jobs=(JobResult(Job.POLL, seconds=1.5),))


def lines(found: DaemonMetrics) -> list[str]:
    return generate_latest(make_registry(found)).decode().splitlines()


def after(*reports: TurnReport, is_leader: bool = True) -> DaemonMetrics:
    made = DaemonMetrics()
    for report in reports:
        made.update(report, NOW, is_leader=is_leader)
    return made


def test_before_the_first_turn_nothing_is_known_to_be_well() -> None:
    found = lines(DaemonMetrics(started=NOW.timestamp()))
    assert "syncd_starting 1.0" in found
    (next_turn,) = (line for line in found if line.startswith("syncd_next_turn_timestamp_seconds "))
    assert float(next_turn.split()[1]) == NOW.timestamp()
    assert not [line for line in found if line.startswith(("syncd_well", "syncd_last_success"))]
    assert not [line for line in found if line.startswith("syncd_lag_mailings")]


def test_a_turn_is_counted() -> None:
    rests = {"a": datetime(2026, 7, 14, 1, tzinfo=UTC), "b": None}
    view = replace(VIEW, rests=rests, states={"complete": 9})
    measured = replace(REPORT, view=view, requests={("a", "200"): 3}, database_bytes=5, folder_bytes=7)
    found = lines(after(REPORT, measured))
    for line in (
        "syncd_well 1.0",
        "syncd_leader 1.0",
        "syncd_last_success_timestamp_seconds 1.7839872e+09",
        'syncd_work_total{result="done",work="poll"} 2.0',
        'syncd_duration_seconds{work="poll"} 1.5',
        'syncd_requests_total{host="a",status="200"} 3.0',
        "syncd_lag_mailings 2.0",
        'syncd_days{state="complete"} 9.0',
        'syncd_cooldown_until_timestamp_seconds{host="b"} +Inf',
        "syncd_database_bytes 5.0",
        "syncd_archive_bytes 7.0",
    ):
        assert line in found


def test_trouble_that_is_open_is_not_well_and_a_failed_job_no_success() -> None:
    assert not after(replace(REPORT, open=(Trouble("x", "", ""),))).is_well
    missed = Health(LAST, (DayReport(LAST, State.PENDING, None, None, None, "", "late"),), (), 0)
    assert not after(replace(REPORT, view=replace(VIEW, health=missed))).is_well
    failed = after(replace(REPORT, jobs=(JobResult(Job.POLL, failure="refused"),)))
    assert (failed.success, failed.runs["poll", "failed"]) == (0.0, 1)
    assert after(replace(REPORT, view=None)).success == 0.0
    assert "syncd_leader 0.0" in lines(after(REPORT, is_leader=False))


def test_a_file_is_replaced_whole_or_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "syncd.prom", after(REPORT))
    assert "syncd_well 1.0" in (tmp_path / "syncd.prom").read_text()
    with pytest.raises(FolderError):
        write_file(tmp_path / "none" / "syncd.prom", after(REPORT))
