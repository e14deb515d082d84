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
from syncd.archive import measures
from syncd.errors import ConfigError, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from prometheus_client.core import Metric

    from syncd.daemon.cycle import Step
    from syncd.daemon.observing import Seen
    from syncd.usecases.workspace import Workspace

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Facts:
    """What the turns so far came to; times are seconds since 1970."""

    success: float = 0.0
    next: float = 0.0
    leads: bool = True
    seen: Seen | None = None
    open: tuple[str, ...] = ()
    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    requests: dict[tuple[str, str], int] = field(default_factory=dict)
    database_bytes: int = 0
    folder_bytes: int = 0

    @property
    def is_well(self) -> bool:
        """The one health rule, and no other trouble open."""
        return self.seen is not None and self.seen.health.is_well and not self.open

    def take(self, step: Step, now: datetime, *, leads: bool) -> None:
        """Add a turn to the facts."""
        self.leads, self.next = leads, step.next.when.timestamp()
        self.open = tuple(trouble.code for trouble in step.open)
        self.seen = step.seen or self.seen
        if step.seen is not None and not any(done.error for done in step.work):
            self.success = now.timestamp()
        for done in step.work:
            self.runs[done.what, "failed" if done.error else "done"] += 1
            self.seconds[done.what] = done.seconds
            self.found.update(done.codes)

    def measure(self, work: Workspace) -> None:
        """Count what only the database knows."""
        self.requests = measures.requests(work.database)
        self.database_bytes = measures.database_size(work.database)
        self.folder_bytes = measures.folder_size(work.database, work.store.replica)


class _Collector:
    """The facts as the library wants them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        """Every metric, as of the last turn."""
        facts = self._facts
        yield _gauge("syncd_info", "The version that runs.", [({"version": __version__}, 1)])
        yield _gauge(
            "syncd_up_to_date", "1 while nothing is wrong, by the rule of status --strict.", [({}, facts.is_well)]
        )
        yield _gauge("syncd_last_success_timestamp_seconds", "The last turn without an error.", [({}, facts.success)])
        yield _gauge("syncd_next_action_timestamp_seconds", "When the daemon acts next.", [({}, facts.next)])
        yield _gauge("syncd_leader", "1 on the host that asks arXiv.", [({}, facts.leads)])
        yield _gauge("syncd_problems", "Open problems by code.", _by(Counter(facts.open), "code"))
        yield _gauge(
            "syncd_duration_seconds", "How long the last piece of work of a kind took.", _by(facts.seconds, "work")
        )
        yield _gauge("syncd_database_bytes", "Size of the database.", [({}, facts.database_bytes)])
        yield _gauge("syncd_archive_bytes", "Size of the digests in this folder.", [({}, facts.folder_bytes)])
        yield from _counts(facts)
        if facts.seen is not None:
            yield from _of_seen(facts.seen)


def _counts(facts: Facts) -> Iterator[Metric]:
    runs = [({"work": work, "result": result}, count) for (work, result), count in facts.runs.items()]
    yield _counter("syncd_work", "Pieces of work since the start, by kind and result.", runs)
    yield _counter("syncd_found", "Differences and problems found since the start, by code.", _by(facts.found, "code"))
    asked = [({"host": host, "status": status}, count) for (host, status), count in facts.requests.items()]
    yield _counter("syncd_requests", "Requests sent by every process of this archive, by host and status.", asked)


def _of_seen(seen: Seen) -> Iterator[Metric]:
    yield _gauge("syncd_lag_mailings", "Mailings due by the calendar after the newest held.", [({}, seen.lag)])
    yield _gauge(
        "syncd_missed_mailings", "Mailings missing after polling for them ended.", [({}, len(seen.health.missed))]
    )
    yield _gauge("syncd_days", "Dates of the ledger by state.", _by(seen.states, "state"))
    ends = [({"host": rest.host}, rest.until.timestamp() if rest.until else float("inf")) for rest in seen.rests]
    yield _gauge("syncd_cooldown_until_timestamp_seconds", "Until when a host rests; +Inf after a 403.", ends)


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
