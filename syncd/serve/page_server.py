"""Serve the pages until the end is asked for. The socket is opened here, or was handed over by systemd."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from syncd.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from starlette.types import ASGIApp

_MOST_CONNECTIONS = 256
"""Connections at a time. Another one is answered by 503, so that memory and descriptors stay as they are."""
_FIRST_DESCRIPTOR = 3
"""Where systemd hands over the sockets of a unit (sd_listen_fds(3))."""


class _Server(uvicorn.Server):
    """A server that says when it listens, and that ends without an error when its end is asked for."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_stop = on_ready, on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT end the server. uvicorn itself would raise them again afterwards."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield


def open_socket(listen: tuple[str, int], environ: Mapping[str, str]) -> socket.socket:
    """Return the socket that systemd handed over, or one that listens at this address. ConfigError when it is refused."""
    if environ.get("LISTEN_PID") == str(os.getpid()) and environ.get("LISTEN_FDS", "0") != "0":
        return socket.socket(fileno=_FIRST_DESCRIPTOR)
    family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
    try:
        return socket.create_server(listen, family=family, backlog=512)
    except OSError as error:
        raise ConfigError(f"cannot listen there: {error.strerror or error}", key="serve.listen") from error


def describe_address(opened: socket.socket) -> str:
    """Return the address of a socket for people."""
    if opened.family not in {socket.AF_INET, socket.AF_INET6}:
        return str(opened.getsockname())
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(
    application: ASGIApp,
    opened: socket.socket,
    trusted_proxies: Sequence[str],
    on_ready: Callable[[], None],
    on_stop: Callable[[], None],
) -> None:
    """Answer requests at the socket until SIGTERM or SIGINT. `on_ready` is called when it answers, `on_stop` when it ends."""
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=16 << 10,
    )
    asyncio.run(_Server(config, on_ready, on_stop).serve(sockets=[opened]))
