"""`syncd serve` as a process beside a soak: asked for pages, and measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = (
    "/",
    "/search?q=depth",
    "/search?q=careful+clouds&sort=rank",
    "/differences",
    "/requests",
    "/report",
    "/feed.atom",
)
"""Pages that every archive has."""
PATIENCE = 120
"""Seconds until the pages must answer after the start, on a busy machine."""


class ServedPages:
    """The pages of the archive whose configuration is in a folder."""

    def __init__(self, folder: Path) -> None:
        self.port = find_free_port()
        self.answers = 0
        self.found: list[str] = []
        line = [sys.executable, "-m", "syncd", "-c", str(folder / "config.toml"), "serve"]
        self._log = folder / "serve.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([*line, "--listen", f"127.0.0.1:{self.port}"], stdout=log, stderr=log)
        wait_for_pages(self.port)

    def read(self, paths: Iterable[str]) -> None:
        """Ask for pages, and note each answer but 200."""
        with closing(connect(self.port)) as connection:
            for path in (*PAGES, *paths):
                try:
                    status, _ = ask(connection, path)
                except (OSError, HTTPException) as error:
                    self.found.append(f"{path}: {error!r}")
                    return
                self.answers += 1
                self.found += [f"{path}: {status}"] if status != 200 else []

    def measure(self) -> tuple[float, int]:
        """Return its memory in MiB and its descriptors."""
        return measure_process(self._process.pid)

    def end(self) -> None:
        """End it with SIGTERM, and note an end with anything but 0 and a traceback in what it said."""
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(60)
        self._process.kill()
        if code := self._process.wait():
            self.found.append(f"serve ended with {code}")
        said = self._log.read_text(encoding="utf-8", errors="replace")
        self.found += [f"serve: {said[-500:]}"] if "Traceback" in said else []


def find_free_port() -> int:
    """Return a port of the loopback interface that is free at this moment."""
    with create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def connect(port: int) -> HTTPConnection:
    """Return a connection to the pages."""
    return HTTPConnection("127.0.0.1", port, timeout=60)


def ask(connection: HTTPConnection, path: str) -> tuple[int, bytes]:
    """Return the status and the body of a page."""
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def wait_for_pages(port: int) -> None:
    """Wait until the pages answer. RuntimeError after two minutes."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), closing(connect(port)) as connection:
            ask(connection, "/")
            return
        time.sleep(0.2)
    raise RuntimeError("the pages do not answer")


def measure_process(number: int) -> tuple[float, int]:
    """Return the memory in MiB and the descriptors of a process. Nothing of one that has ended."""
    try:
        pages = int(Path(f"/proc/{number}/statm").read_text(encoding="ascii").split()[1])
        files = len(os.listdir(f"/proc/{number}/fd"))  # noqa: PTH208
    except OSError:
        return 0.0, 0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20), files
