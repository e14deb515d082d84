"""Serve `/metrics` and `/healthz` to a few readers at a time, so that no reader can hold the daemon up.

Each connection answers one request and ends. One that takes longer than `MAX_SECONDS` is closed as soon as another needs its
place, or by its own timeout.
"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from prometheus_client import generate_latest

from syncd.core.errors import ConfigError
from syncd.daemon.metrics import make_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.daemon.metrics import DaemonMetrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_CONNECTIONS = 32
"""How many connections are served at a time. More are closed unanswered: the rest of the descriptors are the daemon's."""
MAX_SECONDS = 5.0
"""How long a connection may wait for a byte, and keep its place while others wait for one."""
_PAUSE = 0.5


def serve_http(
    listen: tuple[str, int],
    found: DaemonMetrics,
    *,
    monotonic: Callable[[], float] = monotonic,
    silence: float = MAX_SECONDS,
) -> ThreadingHTTPServer:
    """Serve the metrics at this address until the process ends. ConfigError when the address is refused.

    `monotonic` returns seconds, by which the age of a connection is known. One is closed after `silence` seconds without a byte.
    """
    collected = make_registry(found)

    class Handler(BaseHTTPRequestHandler):
        timeout = silence

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, generate_latest(collected))
            elif self.path == "/healthz":
                # What is not known yet is not bad: a monitoring system must raise no alarm over a start.
                is_fine = found.is_well or found.is_starting
                words = b"starting\n" if found.is_starting else b"well\n" if found.is_well else b"not well\n"
                self._answer(200 if is_fine else 503, words)
            else:
                self._answer(404, b"see /metrics and /healthz\n")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Log nothing."""

    try:
        server = MetricsServer(listen, Handler, monotonic)
    except OSError as error:
        raise ConfigError(f"cannot listen there: {error.strerror or error}", key="metrics.listen") from error
    Thread(target=server.serve_forever, name="metrics", daemon=True, kwargs={"poll_interval": 3600}).start()
    return server


class MetricsServer(ThreadingHTTPServer):
    """A server of at most `MAX_CONNECTIONS` connections at a time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, listen: tuple[str, int], handler: type[BaseHTTPRequestHandler], monotonic: Callable[[], float]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
        self._monotonic = monotonic
        self._begun: dict[socket.socket, float] = {}
        self._lock = Lock()
        super().__init__(listen, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its address. OSError when there is none to be had."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno != errno.ECONNABORTED:  # which only says that the reader has left already
                self.pause()
            raise

    def pause(self) -> None:
        """Wait while there is no connection to be had, as where no descriptor is left. The server would ask again at once."""
        Event().wait(_PAUSE)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Return whether there is a place for one more connection, which may be that of the oldest slow one."""
        del client_address
        now = self._monotonic()
        with self._lock:
            if len(self._begun) >= MAX_CONNECTIONS:
                oldest = min(self._begun, key=self._begun.__getitem__)
                if now - self._begun[oldest] < MAX_SECONDS:
                    return False
                del self._begun[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
            self._begun[request] = now
        return True

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, which frees its place."""
        with self._lock:
            self._begun.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a reader that went away is no matter of the daemon."""
