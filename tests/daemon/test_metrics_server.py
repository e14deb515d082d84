"""The metrics over HTTP: what is answered, and to how many readers at a time."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from syncd.core.errors import ConfigError
from syncd.core.health import Health
from syncd.core.troubles import Trouble
from syncd.daemon.metrics import DaemonMetrics
from syncd.daemon.metrics_server import MAX_CONNECTIONS, MAX_SECONDS, MetricsServer, serve_http
from syncd.daemon.schedule import ArchiveView, Job, NextJob
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import TurnReport

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST, NOW = date(2026, 7, 13), datetime(2026, 7, 14, tzinfo=UTC)
VIEW = ArchiveView(LAST, is_waiting=False, next_due=date(2026, 7, 14), health=Health(LAST, (), (), 0), lag=2)
REPORT = TurnReport(DaemonState(), NextJob(Job.POLL, NOW), view=VIEW)


@pytest.fixture
def found() -> DaemonMetrics:
    made = DaemonMetrics()
    made.update(REPORT, NOW, is_leader=True)
    return made


@contextmanager
def serving(found: DaemonMetrics, host: str = "127.0.0.1", **options: Any) -> Iterator[tuple[str, int]]:
    """Serve during the block and yield the address."""
    server = serve_http((host, 0), found, **options)
    yield host, server.server_port
    # To close the socket is not enough: the thread would ask the closed one for connections, for ever and at once.
    ending = Thread(target=server.shutdown)
    ending.start()
    while ending.is_alive():
        # The thread sleeps until a connection comes.
        with socket.create_connection((host, server.server_port)):
            ending.join(0.01)
    server.server_close()


def test_health_is_served_as_a_status_and_other_paths_are_not_found(found: DaemonMetrics) -> None:
    with serving(found) as address:
        port = address[1]
        assert urlopen(f"http://127.0.0.1:{port}/healthz").status == 200
        assert b"syncd_well 1.0" in urlopen(f"http://127.0.0.1:{port}/metrics").read()
        found.update(replace(REPORT, open=(Trouble("x", "", ""),)), NOW, is_leader=True)
        for path, status in (("/healthz", 503), ("/", 404)):
            with pytest.raises(HTTPError) as answer:
                urlopen(f"http://127.0.0.1:{port}{path}")
            assert answer.value.code == status
            answer.value.close()
        with pytest.raises(ConfigError, match="listen"):
            serve_http(address, found)


def test_a_listener_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError):
            serve_http(taken.getsockname(), DaemonMetrics())


def test_a_daemon_in_its_first_turn_is_starting_and_not_unwell() -> None:
    with serving(DaemonMetrics()) as address, urlopen(f"http://127.0.0.1:{address[1]}/healthz") as answer:
        assert (answer.status, answer.read()) == (200, b"starting\n")


class Clock:
    """The seconds that the server believes have passed."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def address(found: DaemonMetrics, clock: Clock) -> Iterator[tuple[str, int]]:
    with serving(found, monotonic=clock) as made:
        yield made


def ask(address: tuple[str, int]) -> bytes:
    """Return what a reader is answered, nothing where its connection is closed unanswered."""
    with socket.create_connection(address, timeout=20) as reader:
        try:
            reader.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return reader.recv(100)
        except (ConnectionResetError, BrokenPipeError):
            return b""


def test_a_silent_reader_loses_its_place_to_another_once_it_is_slow(address: tuple[str, int], clock: Clock) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(MAX_CONNECTIONS)]
        # Connections are taken in their order: with this answer, all the silent ones have begun.
        assert ask(address) == b""
        clock.now = MAX_SECONDS - 0.1
        assert ask(address) == b""
        clock.now = MAX_SECONDS
        assert ask(address).startswith(b"HTTP/1.0 200")
        # The oldest one was closed, and its place is free again when the reader has its answer.
        assert sum(map(_is_closed, silent)) == 1


def _is_closed(reader: socket.socket) -> bool:
    reader.setblocking(False)
    try:
        return reader.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_silent_reader_is_given_up_by_itself(found: DaemonMetrics) -> None:
    with serving(found, silence=0.05) as address, socket.create_connection(address, timeout=20) as silent:
        assert silent.recv(1) == b""


@pytest.mark.parametrize(("trouble", "pauses"), [(errno.EMFILE, 1), (errno.EBADF, 1), (errno.ECONNABORTED, 0)])
def test_a_server_waits_before_it_asks_again_unless_only_the_reader_has_left(trouble: int, pauses: int) -> None:
    class Observed(MetricsServer):
        pauses = 0

        def pause(self) -> None:
            self.pauses += 1

    class Listener(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            raise OSError(trouble, "no connection")

    server = Observed(("127.0.0.1", 0), BaseHTTPRequestHandler, lambda: 0.0)
    server.socket.close()
    with Listener() as server.socket, pytest.raises(OSError, match="no connection"):
        server.get_request()
    assert server.pauses == pauses


def test_it_listens_at_an_address_of_ip_version_6(found: DaemonMetrics) -> None:
    try:
        with serving(found, "::1") as address:
            assert urlopen(f"http://[::1]:{address[1]}/healthz").status == 200
    except ConfigError as error:
        pytest.skip(f"no IPv6 here: {error.detail}")
