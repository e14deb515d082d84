"""arXiv on the loopback interface: one threaded HTTP server with a clock, a queue of faults and a list of all requests.

It must not speak to any other host, write a file or print a line.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from datetime import UTC, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from syncd.core.values import dataclass
from syncd.rehearsal import feeds, reply
from syncd.rehearsal.faults import Fault, Faults
from syncd.rehearsal.pages import render
from syncd.rehearsal.reply import Reply
from syncd.rehearsal.scene import Scene, scene
from syncd.rehearsal.sheets import CATCHUP_PAGE, Sheet
from syncd.rehearsal.site import visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from syncd.rehearsal.history import History

LONGEST_LINE = 4094
_NO_FAULT = Fault("none")


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """One request. `start` and `end` are monotonic seconds, `end` just before the last byte of the answer was sent."""

    path: str
    headers: tuple[tuple[str, str], ...]
    status: int
    start: float
    end: float


class Server:
    """The loopback arXiv. It serves while its context is entered.

    `now` (a callable returning an aware datetime), `lag`, `history`, `oai_page` and `catchup_page` may be set at any time.
    `faults` is the queue of what goes wrong. An exception while answering is raised when the context ends.
    """

    def __init__(self, history: History, now: Callable[[], datetime], *, lag: timedelta = timedelta()) -> None:
        self.history = history
        self.now = now
        self.lag = lag
        self.oai_page = 2500
        self.catchup_page = CATCHUP_PAGE
        self.faults = Faults()
        self.crashes: list[BaseException] = []
        self.closing = Event()
        self._lock = Lock()
        self._idle = Condition(self._lock)
        self._answered: list[AnsweredRequest] = []
        self._in_flight = 0
        self._most = 0
        self._listener = _Listener(self)
        self._thread = Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        self._listener.shutdown()
        self._listener.hang_up()
        self._listener.server_close()
        self._thread.join()
        if error is None and self.crashes:
            raise self.crashes[0]

    @property
    def url(self) -> str:
        """Return the address without a slash at its end: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def requests(self) -> tuple[AnsweredRequest, ...]:
        """Return every request answered so far, in the order in which the answers ended."""
        with self._lock:
            return tuple(self._answered)

    @property
    def in_flight(self) -> int:
        """Return the number of requests that are being answered now."""
        with self._lock:
            return self._in_flight

    @property
    def most_in_flight(self) -> int:
        """Return the largest number of requests that were being answered at the same time."""
        with self._lock:
            return self._most

    def count_requests(self) -> int:
        """Return the number of requests since `forget`, when no answer is being sent any more (5 s at most).

        A client that rejects an answer by its head is faster than the end of that answer.
        """
        with self._idle:
            self._idle.wait_for(lambda: not self._in_flight, timeout=5)
            return len(self._answered)

    def forget(self) -> None:
        """Empty the list of requests."""
        with self._lock:
            self._answered.clear()
            self._most = self._in_flight

    def arrive(self) -> float:
        """Count the beginning of a request and return its monotonic time."""
        with self._lock:
            self._in_flight += 1
            self._most = max(self._most, self._in_flight)
            return monotonic()

    def depart(self, request: AnsweredRequest) -> None:
        """Record a request that is answered."""
        with self._lock:
            self._in_flight -= 1
            self._answered.append(request)
            self._idle.notify_all()

    def answer(self, target: str, headers: tuple[tuple[str, str], ...], line: int) -> tuple[Reply, Scene]:
        """Return the reply to a path and query, and the scene it was made in. `line` is the length of the request line."""
        fault = self.faults.take(target) or _NO_FAULT
        here = scene(self.history, self.now(), self.lag)
        here = fault.scene(here)
        if line > LONGEST_LINE:
            return fault.reply(feeds.line_too_long(), here), here
        found = _answer_conditional(target, headers) or visit(here, target, self.oai_page, self.catchup_page)
        if isinstance(found, Sheet):
            found = render(fault.sheet(found, here), here.today)
        return fault.reply(found, here), here


def _answer_conditional(target: str, headers: tuple[tuple[str, str], ...]) -> Reply | None:
    """Answer If-Modified-Since on `/list` as wrongly as arXiv: 304 for an old date, 500 for an unreadable one."""
    asked = next((value for name, value in headers if name.lower() == "if-modified-since"), None)
    if asked is None or not target.startswith("/list/"):
        return None
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return reply.plain("Internal Server Error", 500)
    return Reply(b"", 304) if moment.year < 2100 else None


class _Listener(ThreadingHTTPServer):
    """The socket, and the connections that are open."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, upstream: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self._lock = Lock()
        self._open: set[socket.socket] = set()

    def server_bind(self) -> None:
        """Bind without asking a name server for the name of this host."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection before its thread starts, so that `hang_up` misses none."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection, and close it."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every open connection, so that its thread ends."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client was faster
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's signature
        """Ignore a client that went away. Everything else is a bug."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.upstream.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener
    raw_requestline: bytes

    def log_message(self, *_args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        upstream = self.server.upstream
        start = upstream.arrive()
        headers = tuple(self.headers.items())
        status = 500
        try:
            answer, here = upstream.answer(self.path, headers, len(self.raw_requestline.rstrip(b"\r\n")))
            status = answer.status
            last = self._send_but_last(answer, here)
        finally:
            # Before the last byte is sent, so that a client that waits for it is never counted with two requests.
            upstream.depart(AnsweredRequest(self.path, headers, status, start, monotonic()))
        self._end(answer, last)

    def _send_but_last(self, answer: Reply, here: Scene) -> bytes:
        """Send all but the last byte, and return that."""
        head, body = _head(answer, here), answer.body
        if answer.reset_at is not None:
            self.wfile.write(head + body[: answer.reset_at] if answer.reset_at else b"")
            return b""
        if not answer.piece:
            whole = head + body
            self.wfile.write(whole[:-1])
            return whole[-1:]
        self.wfile.write(head)
        for start in range(0, len(body) - 1, answer.piece):
            if self.server.upstream.closing.wait(answer.pause):
                break
            self.wfile.write(body[start : min(start + answer.piece, len(body) - 1)])
        return body[-1:]

    def _end(self, answer: Reply, last: bytes) -> None:
        self.wfile.write(last)
        if answer.missing:
            self.close_connection = True
        if answer.reset_at is not None:
            self.close_connection = True
            _reset(self.connection)


def _head(answer: Reply, here: Scene) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Date: {format_datetime(here.now.astimezone(UTC), usegmt=True)}",
        f"Content-Type: {answer.kind}",
        *(f"{name}: {value}" for name, value in answer.headers),
        f"Content-Length: {len(answer.body) + answer.missing}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(connection.detach())


def config_text(server: Server, folder: str) -> str:
    """Return the configuration (TOML) of an archive in `folder` with this server as its upstreams and no intervals."""
    quoted = json.dumps
    return (
        f"[archive]\nroot = {quoted(folder + '/archive')}\nvault = {quoted(folder + '/vault')}\n"
        f"since = {server.history.days[0]}\n\n"
        f"[database]\nurl = {quoted(f'sqlite:///{folder}/syncd.db')}\n\n"
        f"[upstream]\nlisting_url = {quoted(server.url)}\noai_url = {quoted(server.url + '/oai')}\n"
        f"rss_url = {quoted(server.url)}\napi_url = {quoted(server.url + '/api/query')}\n"
        f'contact = "rehearsal@localhost"\nlisting_interval = "0s"\napi_interval = "0s"\ntimeout = "5s"\n'
    )
