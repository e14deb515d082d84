"""The facts a monitoring system reads: as Prometheus text over HTTP or in a file, and `/healthz`.

A reader is served from the last turn's facts; it never makes the archive do anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from syncd import __version__
from syncd.core.errors import ConfigError, FolderError
from syncd.daemon.messages import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from prometheus_client.core import Metric

    from syncd.daemon.messages import Report

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Facts:
    """What the turns so far came to; times are seconds since 1970."""

    last: Figures = field(default_factory=Figures)
    success: float = 0.0
    next: float = 0.0
    leads: bool = True
    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)

    @property
    def is_well(self) -> bool:
        """The one health rule, and no other trouble open."""
        return self.last.well and not self.last.open

    def take(self, report: Report, now: datetime, *, leads: bool) -> None:
        """Add a turn to the facts."""
        self.leads, self.next, self.last = leads, report.next.timestamp(), report.figures
        if report.figures.seen and all(done for _, _, done in report.figures.work):
            self.success = now.timestamp()
        for work, seconds, done in report.figures.work:
            self.runs[work, "done" if done else "failed"] += 1
            self.seconds[work] = seconds
        self.found.update(report.figures.found)


class _Collector:
    """The facts as the library wants them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        """Every metric, as of the last turn."""
        facts, last = self._facts, self._facts.last
        yield _gauge("syncd_info", "The version that runs.", [({"version": __version__}, 1)])
        yield _gauge("syncd_well", "1 while nothing is wrong, by the rule of status --strict.", [({}, facts.is_well)])
        yield _gauge("syncd_last_success_timestamp_seconds", "The last turn without an error.", [({}, facts.success)])
        yield _gauge("syncd_next_turn_timestamp_seconds", "When the daemon acts next.", [({}, facts.next)])
        yield _gauge("syncd_leader", "1 on the host that asks arXiv.", [({}, facts.leads)])
        yield _gauge("syncd_problems", "Open problems by code.", _by(Counter(last.open), "code"))
        yield _gauge("syncd_duration_seconds", "How long the last work of a kind took.", _by(facts.seconds, "work"))
        yield from _counts(facts)
        if last.seen:
            yield from _of_archive(last)


def _counts(facts: Facts) -> Iterator[Metric]:
    runs = [({"work": work, "result": result}, count) for (work, result), count in facts.runs.items()]
    yield _counter("syncd_work", "Pieces of work since the start, by kind and result.", runs)
    yield _counter("syncd_found", "Differences and problems found since the start, by code.", _by(facts.found, "code"))


def _of_archive(last: Figures) -> Iterator[Metric]:
    asked = [({"host": host, "status": status}, count) for (host, status), count in last.requests.items()]
    yield _counter("syncd_requests", "Requests sent by every process of this archive, by host and status.", asked)
    yield _gauge("syncd_lag_mailings", "Mailings due by the calendar after the newest held.", [({}, last.lag)])
    yield _gauge("syncd_missed_mailings", "Mailings missing after polling for them ended.", [({}, last.missed)])
    yield _gauge("syncd_days", "Dates of the ledger by state.", _by(last.states, "state"))
    rests = _by(last.rests, "host")
    yield _gauge("syncd_cooldown_until_timestamp_seconds", "Until when a host rests; +Inf after a 403.", rests)
    yield _gauge("syncd_database_bytes", "Size of the database.", [({}, last.database_bytes)])
    yield _gauge("syncd_archive_bytes", "Size of the digests in this folder.", [({}, last.folder_bytes)])


def _gauge(name: str, meaning: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    return _filled(GaugeMetricFamily(name, meaning), samples)


def _counter(name: str, meaning: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = CounterMetricFamily(name, meaning)
    for labels, value in samples:
        family.add_sample(f"{name}_total", labels, float(value))
    return family


def _filled(family: Metric, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    for labels, value in samples:
        family.add_sample(family.name, labels, float(value))
    return family


def _by(values: Any, label: str) -> list[tuple[dict[str, str], float]]:
    return [({label: str(key)}, value) for key, value in values.items()]


def registry(facts: Facts) -> CollectorRegistry:
    """These facts, and nothing of the process or the platform."""
    made = CollectorRegistry()
    made.register(_Collector(facts))
    return made


def write(path: Path, facts: Facts) -> None:
    """The facts into a file for node_exporter, replaced whole."""
    try:
        write_to_textfile(str(path), registry(facts))
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path)) from error


def serve(listen: tuple[str, int], facts: Facts) -> ThreadingHTTPServer:
    """`/metrics` and `/healthz` at this address until the process ends; ConfigError when it cannot be had."""
    collected = registry(facts)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, generate_latest(collected))
            elif self.path == "/healthz":
                self._answer(200 if facts.is_well else 503, b"well\n" if facts.is_well else b"not well\n")
            else:
                self._answer(404, b"see /metrics and /healthz\n")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Silence."""

    class Listener(ThreadingHTTPServer):
        daemon_threads = True

    try:
        server = Listener(listen, Handler)
    except OSError as error:
        raise ConfigError(f"cannot listen there: {error.strerror or error}", key="metrics.listen") from error
    Thread(target=server.serve_forever, name="metrics", daemon=True, kwargs={"poll_interval": 3600}).start()
    return server
