"""Politeness over several real processes: a small server on loopback records the requests it gets."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger import SqlLedger
from syncd.core.errors import CoolingDown, HostBlocked
from syncd.web import PoliteClient
from tests.support.forked_processes import forks
from tests.support.manual_clock import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

    from syncd.web import ClientSettings

pytest_plugins = ("tests.support.postgres_server",)

INTERVAL = timedelta(milliseconds=50)
PROCESSES, REQUESTS = 3, 5  # one asks, and two wait for it


@dataclass
class Record:
    """What the server saw: begin and end of each request in seconds, and the largest number of requests at one moment."""

    spans: list[tuple[float, float]] = field(default_factory=list)
    most_at_once: int = 0
    status: int = 200
    open_gate: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> float:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        self.reached.set()
        return time.monotonic()

    def end(self, began: float) -> None:
        with self._lock:
            self._now -= 1
            self.spans.append((began, time.monotonic()))


@contextmanager
def serving(record: Record) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            began = record.begin()
            record.open_gate.wait(60)
            body = b"<p>page</p>"
            self.send_response(record.status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:5])
            # Before the last byte: what comes after it is the client's own time.
            record.end(began)
            self.wfile.write(body[5:])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        record.open_gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def polite(base: str) -> ClientSettings:
    return settings_of(base, listing_interval=INTERVAL, api_interval=INTERVAL, contact="")


def keep_asking(url: str, base: str, requests: int) -> None:
    """Ask again and again, as one process. A process that shares nothing with this one must be able to import it."""
    with closing(open_database(url, create=False)) as database, PoliteClient(polite(base), SqlLedger(database)) as web:
        for _ in range(requests):
            web.get(f"{base}/list", expect="html")


def start_process(url: str, base: str, requests: int) -> BaseProcess:
    started = forks().Process(target=keep_asking, args=(url, base, requests))
    started.start()
    return started


@pytest.fixture
def ready(url: str) -> str:
    """Return the URL of a database that has its tables."""
    open_database(url, create=True).close()
    return url


def test_processes_never_overlap_and_keep_the_spacing(ready: str) -> None:
    record = Record()
    record.open_gate.set()
    with serving(record) as base:
        processes = [start_process(ready, base, REQUESTS) for _ in range(PROCESSES)]
        for one in processes:
            one.join(60)
        assert [one.exitcode for one in processes] == [0] * PROCESSES
    gaps = [after[0] - before[1] for before, after in pairwise(sorted(record.spans))]
    assert len(record.spans) == PROCESSES * REQUESTS
    assert record.most_at_once == 1
    assert min(gaps) >= INTERVAL.total_seconds()
    with closing(open_database(ready, create=False)) as database:
        (report,) = SqlLedger(database).list_hosts()
    assert report.count == PROCESSES * REQUESTS
    assert report.min_gap_s is not None
    assert INTERVAL.total_seconds() <= report.min_gap_s <= min(gaps)


def test_killed_holder_frees_the_request_lock_and_its_request_counts(ready: str) -> None:
    class StillHeldError(Exception):
        pass

    def wake(_: float) -> None:
        raise StillHeldError

    record = Record()
    with serving(record) as base, closing(open_database(ready, create=False)) as database:
        ledger = SqlLedger(database)
        holder = start_process(ready, base, 1)
        assert record.reached.wait(60)
        with pytest.raises(StillHeldError), ledger.hold_request_lock(wake):
            pass
        assert holder.pid is not None
        os.kill(holder.pid, signal.SIGKILL)
        holder.join(60)
        record.open_gate.set()
        keep_asking(ready, base, 1)
        (report,) = ledger.list_hosts()
    assert (report.count, report.last_status) == (2, 200)


@pytest.mark.parametrize(("status", "error"), [(429, CoolingDown), (406, CoolingDown), (403, HostBlocked)])
def test_restart_during_a_cooldown_or_block_sends_nothing(ready: str, status: int, error: type[Exception]) -> None:
    record = Record(status=status)
    record.open_gate.set()
    with serving(record) as base, pytest.raises(error):
        keep_asking(ready, base, 1)

    def blow_up(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    with closing(open_database(ready, create=False)) as database:
        web = PoliteClient(polite(base), SqlLedger(database), transport=httpx.MockTransport(blow_up))
        with pytest.raises(error):
            web.get(f"{base}/list", expect="html")
        assert SqlLedger(database).list_hosts()[0].count == 1
