"""What a monitoring system reads, as Prometheus text. `metrics_server` serves it over HTTP.

A reader is served from the last turn's report. It never makes the archive do anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from syncd import __version__
from syncd.core.errors import FolderError
from syncd.core.troubles import is_well

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from prometheus_client.core import Metric

    from syncd.daemon.schedule import ArchiveView
    from syncd.daemon.worker import TurnReport


@dataclass(slots=True)
class DaemonMetrics:
    """What the turns so far came to. Times are seconds since 1970. `started` is when the daemon began its first turn.

    `labels` name the archive on every sample: one host may have several. `pushed` is the last push, 0 where none is known.
    """

    started: float | None = None
    last: TurnReport | None = None
    success: float = 0.0
    is_leader: bool = True
    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    failed_hooks: Counter[str] = field(default_factory=Counter)
    pushed: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_starting(self) -> bool:
        """Whether the first turn is still under way, so that nothing is known of the archive."""
        return self.last is None

    @property
    def is_well(self) -> bool:
        """The one rule of health, of an archive that could be looked at."""
        last = self.last
        return last is not None and last.view is not None and is_well(last.open)

    def update(self, report: TurnReport, now: datetime, *, is_leader: bool) -> None:
        """Add a turn."""
        self.is_leader, self.last = is_leader, report
        if report.view is not None and not any(result.failure for result in report.jobs):
            self.success = now.timestamp()
        if report.is_pushed:
            self.pushed = now.timestamp()
        self.failed_hooks.update(report.failed_hooks)
        for result in report.jobs:
            self.runs[result.job.value, "failed" if result.failure else "done"] += 1
            self.seconds[result.job.value] = result.seconds
            self.found.update(result.codes)


class _Collector:
    """The metrics as the library wants them."""

    def __init__(self, found: DaemonMetrics) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, as of the last turn, with the labels of the archive."""
        for family in self._collect():
            family.samples = [one._replace(labels={**self._found.labels, **one.labels}) for one in family.samples]
            yield family

    def _collect(self) -> Iterator[Metric]:
        found, last = self._found, self._found.last
        open_codes = Counter(trouble.code for trouble in last.open) if last else Counter[str]()
        next_turn = last.next.at.timestamp() if last else found.started
        runs = [({"work": work, "result": result}, count) for (work, result), count in found.runs.items()]
        yield _gauge("syncd_info", "The version that runs.", [({"version": __version__}, 1)])
        yield _gauge("syncd_starting", "1 until the first turn has ended.", [({}, found.is_starting)])
        if not found.is_starting:
            yield _gauge(
                "syncd_well", "1 while nothing is wrong, by the rule of status --strict.", [({}, found.is_well)]
            )
        if found.success:
            yield _gauge(
                "syncd_last_success_timestamp_seconds", "The last turn without an error.", [({}, found.success)]
            )
        if next_turn is not None:
            yield _gauge("syncd_next_turn_timestamp_seconds", "When the daemon acts next.", [({}, next_turn)])
        yield _gauge("syncd_leader", "1 on the host that asks arXiv.", [({}, found.is_leader)])
        yield _gauge("syncd_problems", "Open problems by code.", _label(open_codes, "code"))
        yield _gauge(
            "syncd_acknowledged_timestamp_seconds", "When a person acknowledged an open problem.", _acknowledged(last)
        )
        yield _gauge("syncd_duration_seconds", "How long the last work of a kind took.", _label(found.seconds, "work"))
        yield _counter("syncd_work", "Pieces of work since the start, by kind and result.", runs)
        failed = _label(found.failed_hooks, "event")
        yield _counter("syncd_hook_failures", "Hooks that failed since the start, by event.", failed)
        if found.pushed:
            yield _gauge(
                "syncd_last_push_timestamp_seconds",
                "The last push since the start of the daemon.",
                [({}, found.pushed)],
            )
        yield _counter("syncd_found", "Differences and problems found since the start.", _label(found.found, "code"))
        if last is not None and last.view is not None:
            yield from _collect_archive(last, last.view)


def _acknowledged(last: TurnReport | None) -> list[tuple[dict[str, str], float]]:
    seen = [trouble.acknowledged for trouble in last.open] if last else []
    return [
        ({"code": one.code, "subject": one.subject, "person": one.person}, one.recorded.timestamp())
        for one in seen
        if one is not None
    ]


def _collect_archive(last: TurnReport, view: ArchiveView) -> Iterator[Metric]:
    asked = [({"host": host, "status": status}, count) for (host, status), count in last.requests.items()]
    rests = {host: until.timestamp() if until else float("inf") for host, until in view.rests.items()}
    missed = len(view.health.missed)
    yield _counter("syncd_requests", "Requests sent by every process of this archive, by host and status.", asked)
    yield _gauge("syncd_lag_mailings", "Mailings due by the calendar after the newest held.", [({}, view.lag)])
    yield _gauge("syncd_missed_mailings", "Mailings missing after polling for them ended.", [({}, missed)])
    yield _gauge("syncd_dates", "Dates of the ledger by state.", _label(view.states, "state"))
    until = "Until when a host rests; +Inf until a person releases it."
    yield _gauge("syncd_cooldown_until_timestamp_seconds", until, _label(rests, "host"))
    yield _gauge("syncd_database_bytes", "Size of the database.", [({}, last.database_bytes)])
    yield _gauge("syncd_archive_bytes", "Size of the digests in this folder.", [({}, last.folder_bytes)])


def _gauge(name: str, meaning: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = GaugeMetricFamily(name, meaning)
    for labels, value in samples:
        family.add_sample(name, labels, float(value))
    return family


def _counter(name: str, meaning: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = CounterMetricFamily(name, meaning)
    for labels, value in samples:
        family.add_sample(f"{name}_total", labels, float(value))
    return family


def _label(values: Any, label: str) -> list[tuple[dict[str, str], float]]:
    return [({label: str(key)}, value) for key, value in values.items()]


def make_registry(found: DaemonMetrics) -> CollectorRegistry:
    """Return a registry of these metrics, and of nothing about the process or the platform."""
    made = CollectorRegistry()
    made.register(_Collector(found))
    return made


def write_file(path: Path, found: DaemonMetrics) -> None:
    """Replace the metrics file of node_exporter as a whole."""
    try:
        write_to_textfile(str(path), make_registry(found))
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error
