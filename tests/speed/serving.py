"""What the web pages cost a server: a page of 600 papers, a search, 20 clients that read mailings, beside Datasette.

Only the CPU time of the serving process counts, as the machine is shared. Datasette shows the rows of the same mailings.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from statistics import median
from time import sleep
from typing import TYPE_CHECKING

from tests.speed.goals import Goal
from tests.speed.measurement import SYNCD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.speed.reference_archive import ReferenceArchive

_TICK = os.sysconf("SC_CLK_TCK")
_PAPERS, _CLIENTS, _ROUNDS = 600, 20, 60
_METADATA = Path(__file__).parents[2] / "docs" / "datasette.yaml"
_QUERIES = (
    "depth",
    "model OR image",
    "neural network",
    "learn*",
    "title:image",
    "image NOT model",
    "object detection",
    "scene",
)


@dataclass(frozen=True, slots=True)
class _Server:
    """A process that answers at a port of this machine."""

    pid: int
    port: int

    def get(self, *paths: str) -> None:
        """Ask for these addresses one after the other over one connection."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        for path in paths:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {path}")
        connection.close()

    def measure(self, *paths: str) -> float:
        """Return the CPU seconds that the process takes to answer these addresses."""
        before = self._read_cpu()
        self.get(*paths)
        return self._read_cpu() - before

    def measure_crowd(self, paths: Sequence[str]) -> float:
        """Return the CPU seconds of one request where 20 clients read these addresses at once, again and again."""
        before = self._read_cpu()
        with ThreadPoolExecutor(_CLIENTS) as crowd:
            list(crowd.map(lambda _: self.get(*paths), range(_CLIENTS)))
        return (self._read_cpu() - before) / (_CLIENTS * len(paths))

    def read_memory(self) -> int:
        """Return the resident memory in bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _read_cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


def measure_serving(archive: ReferenceArchive) -> Iterator[Goal]:
    """Yield the goals of the web pages."""
    days = [path.stem for path in archive.files]
    with _start([SYNCD, "-c", str(archive.config), "serve", "--listen"]) as pages:
        pages.get(f"/{days[0]}", "/search?q=warm")
        first = [f"/{day}" for day in days[1:41]]
        taken = pages.measure(*first)
        papers = _count_papers(archive, days[1:41])
        yield Goal(
            15, f"page of {_PAPERS} papers, made anew", "CPU of one core", 100, taken / papers * _PAPERS * 1000, "ms"
        )
        searches = [f"/search?q={query.replace(' ', '+')}" for query in _QUERIES]
        found = median(pages.measure(one) for one in searches)
        yield Goal(15, "search with its chart", "CPU of one core", 50, found * 1000, "ms")
        crowd = first * (_ROUNDS * 10 // len(first))
        pages.measure_crowd(first)
        before = pages.read_memory()
        request = pages.measure_crowd(crowd)
        yield Goal(
            15, "request for a mailing, 20 clients (5 ms are 200 a second)", "CPU of one core", 5, request * 1000, "ms"
        )
        yield Goal(
            15,
            f"memory after {_CLIENTS * len(crowd):,} more requests",
            "before them",
            1.05,
            pages.read_memory() / before,
        )
    command = [sys.executable, "-m", "datasette", "serve", str(archive.folder / "syncd.db"), "-m", str(_METADATA)]
    with _start(
        [*command, "--setting", "suggest_facets", "off", "--setting", "max_returned_rows", "2000", "--port"]
    ) as other:
        rows = [f"/syncd/papers?day__exact={day}&_size=max&_nofacet=1&_nocount=1" for day in days[1:11]]
        other.get(rows[0])
        beside = other.measure(*rows)
    yield Goal(15, "page of a mailing", "Datasette with the same rows", 1, taken / 40 / (beside / len(rows)))


def _count_papers(archive: ReferenceArchive, days: Sequence[str]) -> int:
    with archive.open() as work:
        held = {str(day): row.papers for day, row in work.store.mailings().items()}
    return sum(held[day] for day in days)


@contextmanager
def _start(command: Sequence[str]) -> Iterator[_Server]:
    """Start a server at a free port, which is the last argument, and end it."""
    with create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    address = f"127.0.0.1:{port}" if command[-1] == "--listen" else str(port)
    with subprocess.Popen([*command, address], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        server = _Server(process.pid, port)
        try:
            _wait(server)
            yield server
        finally:
            process.terminate()


def _wait(server: _Server) -> None:
    for _ in range(300):
        try:
            server.get("/")
        except OSError:
            sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")
