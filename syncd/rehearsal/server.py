"""arXiv on the loopback interface: one threaded HTTP server with a clock, a queue of faults and a memory of every request.

It must not speak to any other host, write a file or print a line.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

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
_WELL = Fault("none")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `start` and `end` are monotonic seconds, `end` the moment before the last byte of the answer left."""

    path: str
    headers: tuple[tuple[str, str], ...]
    status: int
    start: float
    end: float


class Server:
    """The loopback arXiv, serving while it is a context.

    `now` (a callable returning an aware datetime), `lag`, `history`, `oai_page` and `catchup_page` may be set at any time;
    `faults` is the queue of what goes wrong. A bug met while answering is raised when the context ends.
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
        self._asked: list[Asked] = []
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
        """The address without a slash at its end: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def requests(self) -> tuple[Asked, ...]:
        """Every request answered so far, in the order in which the answers ended."""
        with self._lock:
            return tuple(self._asked)

    @property
    def in_flight(self) -> int:
        """The number of requests that are being answered now."""
        with self._lock:
            return self._in_flight

    @property
    def most_in_flight(self) -> int:
        """The largest number of requests that were being answered at the same time."""
        with self._lock:
            return self._most

    def forget(self) -> None:
        """Empty the memory of requests."""
        with self._lock:
            self._asked.clear()
            self._most = self._in_flight

    def arrive(self) -> float:
        """A request begins."""
        with self._lock:
            self._in_flight += 1
            self._most = max(self._most, self._in_flight)
            return monotonic()

    def depart(self, asked: Asked) -> None:
        """A request ends."""
        with self._lock:
            self._in_flight -= 1
            self._asked.append(asked)

    def answer(self, target: str, headers: tuple[tuple[str, str], ...], line: int) -> tuple[Reply, Scene]:
        """What is sent for a path and query, and the scene it was sent in; `line` is the length of the request line."""
        fault = self.faults.take(target) or _WELL
        here = scene(self.history, self.now(), self.lag)
        here = fault.scene(here)
        if line > LONGEST_LINE:
            return fault.reply(feeds.line_too_long(), here), here
        found = _conditional(target, headers) or visit(here, target, self.oai_page, self.catchup_page)
        if isinstance(found, Sheet):
            found = render(fault.sheet(found, here), here.today)
        return fault.reply(found, here), here


def _conditional(target: str, headers: tuple[tuple[str, str], ...]) -> Reply | None:
    """The trap of If-Modified-Since on `/list`: an old date is told that nothing changed, an unreadable one breaks."""
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
        """Bind without asking a name server who we are."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection before its thread starts: none is missed when hanging up."""
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
        """A client that went away is no news, anything else is a bug."""
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
        """Silence."""

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
            # Before the last byte: a client that waits for it can never be seen with two requests in flight.
            upstream.depart(Asked(self.path, headers, status, start, monotonic()))
        self._end(answer, last)

    def _send_but_last(self, answer: Reply, here: Scene) -> bytes:
        """Send all but the final byte, which is given back."""
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
    """Close in such a way that the other side reads `connection reset`."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(connection.detach())


def config_text(server: Server, folder: str) -> str:
    """A configuration (TOML) of an archive in `folder` whose four upstreams are this server, in haste as loopback may."""
    quoted = json.dumps
    return (
        f"[archive]\nroot = {quoted(folder + '/archive')}\nvault = {quoted(folder + '/vault')}\n"
        f"since = {server.history.days[0]}\n\n"
        f"[database]\nurl = {quoted(f'sqlite:///{folder}/syncd.db')}\n\n"
        f"[upstream]\nlisting_url = {quoted(server.url)}\noai_url = {quoted(server.url + '/oai')}\n"
        f"rss_url = {quoted(server.url)}\napi_url = {quoted(server.url + '/api/query')}\n"
        f'contact = "rehearsal@localhost"\nlisting_interval = "0s"\napi_interval = "0s"\ntimeout = "5s"\n'
    )
