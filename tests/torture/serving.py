"""`syncd serve` in this process, asked by another one and then ended by SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from syncd.cli.main import exit_code_of
from tests.support.command_line import DAYS

PAGES = (
    "/", f"/{DAYS[3]}", f"/{DAYS[0]}.json", "/search?q=deep", "/search.atom?q=deep", "/differences", "/requests",
    "/report",
)  # fmt: skip
PATIENCE = 20.0
"""Seconds until the one who asks goes away: more than a start takes on a busy machine."""


def serve_pages() -> int:
    """Serve the archive of the working folder to one who asks for all pages. Return the exit code, 3 where a page was refused."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = os.getpid()
    asking = os.fork()
    if asking == 0:
        os._exit(_ask_all(server, port))
    code = exit_code_of(["serve", "--listen", f"127.0.0.1:{port}"])
    if code:
        os.kill(asking, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(asking, 0)[1])
    return code or (3 if status else 0)


def _ask_all(server: int, port: int) -> int:
    """Ask for each page once, then end the server. Return 1 where an answer was not 200."""
    statuses = [_ask(server, port, path) for path in PAGES]
    with suppress(ProcessLookupError):
        os.kill(server, signal.SIGTERM)
    return 0 if set(statuses) == {200} else 1


def _ask(server: int, port: int, path: str) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and os.getppid() == server:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.02)
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()
    return 0
