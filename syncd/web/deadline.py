"""The latest end of one request. When it comes, the connection is cut, whatever the request is waiting for.

A timeout of httpx limits one silence. A server that sends a byte a second would never meet it, before the first line of its
response too. This module must not know what is sent or received.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    StartTimer = Callable[[float, Callable[[], None]], Callable[[], None]]
    """Calls a function after that time in seconds, in another thread. Returns what cancels that."""


def start_timer(seconds: float, do: Callable[[], None]) -> Callable[[], None]:
    """Call `do` after `seconds` of real time, in a thread that does not hold up the end of the program."""
    timer = Timer(seconds, do)
    timer.daemon = True
    timer.start()
    return timer.cancel


class Deadline:
    """A context manager around one request. `has_passed` says whether the connection was cut.

    `observe` goes into the request's `trace` extension, through which httpx hands over the connection's socket.
    """

    def __init__(self, seconds: float, start: StartTimer) -> None:
        self.has_passed = False
        self._seconds = seconds
        self._start = start
        self._lock = Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self._cancel = self._start(self._seconds, self._cut)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancel()
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def observe(self, event: str, facts: Mapping[str, Any]) -> None:
        """Take the socket of a connection as soon as it is there."""
        if event != "connection.connect_tcp.complete":
            return
        connected = facts["return_value"].get_extra_info("socket")
        # A copy: TLS takes the descriptor away from the first one.
        with self._lock, suppress(OSError):
            self._socket = connected.dup()
        if self.has_passed:
            self._cut()

    def _cut(self) -> None:
        self.has_passed = True
        with self._lock, suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)
