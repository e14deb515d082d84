"""What a monitoring system reads, from the reports of turns."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest

from syncd.core.errors import FolderError
from syncd.core.health import Health
from syncd.core.troubles import Acknowledgement, Trouble
from syncd.daemon.metrics import DaemonMetrics, make_registry, write_file
from syncd.daemon.schedule import ArchiveView, Job, NextJob
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import JobResult, TurnReport
from tests.support.daemon_metrics import collect_every_metric

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
        'syncd_dates{state="complete"} 9.0',
        'syncd_cooldown_until_timestamp_seconds{host="b"} +Inf',
        "syncd_database_bytes 5.0",
        "syncd_archive_bytes 7.0",
    ):
        assert line in found


def test_trouble_that_is_open_is_not_well_and_a_failed_job_no_success() -> None:
    trouble = Trouble("x", "", "")
    assert not after(replace(REPORT, open=(trouble,))).is_well
    seen = replace(trouble, acknowledged=Acknowledgement("x", "", "", 1, "anna@host", "", NOW))
    assert after(replace(REPORT, open=(seen,))).is_well
    (sample,) = (line for line in lines(after(replace(REPORT, open=(seen,)))) if line.startswith("syncd_acknowledged"))
    assert sample.startswith('syncd_acknowledged_timestamp_seconds{code="x",person="anna@host",subject=""} ')
    assert float(sample.rpartition(" ")[2]) == NOW.timestamp()
    assert not after(replace(REPORT, open=(seen, Trouble("y", "", "")))).is_well
    failed = after(replace(REPORT, jobs=(JobResult(Job.POLL, failure="refused"),)))
    assert (failed.success, failed.runs["poll", "failed"]) == (0.0, 1)
    assert after(replace(REPORT, view=None)).success == 0.0
    assert "syncd_leader 0.0" in lines(after(REPORT, is_leader=False))


def test_a_file_is_replaced_whole_or_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "syncd.prom", after(REPORT))
    assert "syncd_well 1.0" in (tmp_path / "syncd.prom").read_text()
    with pytest.raises(FolderError):
        write_file(tmp_path / "none" / "syncd.prom", after(REPORT))


NOT_BASE_UNITS = re.compile(
    "_(days|hours|minutes|weeks|milliseconds|microseconds|kilobytes|megabytes|percent|s|ms|h|d|kb|mb)(_|$)"
)


def test_names_are_those_that_promtool_accepts() -> None:
    for family in collect_every_metric():
        (name,) = {sample.name for sample in family.samples}
        assert re.fullmatch("syncd(_[a-z]+)+", name)
        assert NOT_BASE_UNITS.search(name) is None
        assert family.documentation.endswith(".")
        assert name.endswith("_total") is (family.type == "counter")
        assert not name.endswith(("_count", "_sum", "_bucket"))
        assert family.type not in name.split("_")


def test_every_sample_names_the_archive() -> None:
    found = DaemonMetrics(labels={"archive": "/srv/a", "category": "cs.CV"})
    found.update(REPORT, NOW, is_leader=True)
    for line in generate_latest(make_registry(found)).decode().splitlines():
        assert line.startswith("#") or 'archive="/srv/a",category="cs.CV"' in line


def test_failed_hooks_and_the_last_push_are_known() -> None:
    found = lines(after(replace(REPORT, failed_hooks=("new", "new", "problem"), is_pushed=True)))
    assert 'syncd_hook_failures_total{event="new"} 2.0' in found
    (push,) = (line for line in found if line.startswith("syncd_last_push_timestamp_seconds "))
    assert float(push.split()[1]) == NOW.timestamp()
    assert "syncd_last_push" not in "".join(lines(after(REPORT)))
