"""A transport whose connections stand in time, or fail: the name of the host is looked up within a limit, too.

The system's look-up is one call without a limit, which no signal interrupts. A host with many addresses would take the time
of all of them.

httpx looks the name up once more, without this limit: to hand it an address instead would lose the other addresses of a host.
A resolver that has just answered answers again from its cache, and the system's own limit (`options timeout` in resolv.conf)
bounds the rest.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    Resolve = Callable[[str, int], list[object]]
    """Returns the addresses of a host. Raises OSError where it has none."""

_SHARE = 2
"""All addresses of a host together may take this many timeouts, of the four that a request may."""


def _resolve(host: str, port: int) -> list[object]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class BoundedTransport(httpx.HTTPTransport):
    """A transport without kept connections. `resolve` looks a name up."""

    def __init__(self, *, verify: SSLContext, proxy: str | None, resolve: Resolve = _resolve) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
        super().__init__(verify=verify, trust_env=False, limits=limits, proxy=proxy)
        self._proxy = httpx.URL(proxy) if proxy else None
        self._resolve = resolve

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raise ConnectTimeout where its host, or the proxy, is not found in time."""
        timeout = dict(request.extensions["timeout"])
        asked = self._proxy or request.url
        count = self._count_addresses(asked.host, asked.port or 443, timeout["read"])
        if count is None:
            raise httpx.ConnectTimeout("the name of the host was not looked up in time", request=request)
        timeout["connect"] = min(timeout["connect"], _SHARE * timeout["read"] / max(count, 1))
        request.extensions["timeout"] = timeout
        return super().handle_request(request)

    def _count_addresses(self, host: str, port: int, seconds: float) -> int | None:
        """Return how many addresses a host has. None when the answer takes longer than that."""
        found: list[object] = []

        def look_up() -> None:
            # A name that does not exist is an error of the connection, which says so itself.
            with suppress(OSError, UnicodeError):
                found.extend(self._resolve(host, port))

        # In a thread of its own, so that a signal ends the wait.
        thread = Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(seconds)
        return None if thread.is_alive() else len(found)
