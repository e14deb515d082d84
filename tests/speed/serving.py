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
from random import Random
from socket import create_server
from statistics import median
from time import sleep
from typing import TYPE_CHECKING

from syncd.core.model import Author, Metadata, Paper
from syncd.usecases.workspace import Access
from tests.speed.goals import Goal
from tests.speed.measurement import SYNCD
from tests.speed.reference_archive import NOON, make_archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.core.model import Entry
    from tests.speed.reference_archive import ReferenceArchive

_PAPERS, _CLIENTS, _ROUNDS = 600, 20, 60
_SAME_TITLE = 0.9
_FORENAMES = ("Anna", "Hao", "José", "Jun", "Laura", "María", "Peter", "Ravi", "Wei", "Xiaoyu", "Yi", "Zoë")
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
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def measure_serving(archive: ReferenceArchive) -> Iterator[Goal]:
    """Yield the goals of the web pages."""
    days = [path.stem for path in archive.files]
    yield _measure_large_pages(archive.folder / "large")
    with _start([SYNCD, "-c", str(archive.config), "serve", "--listen"]) as pages:
        pages.get(f"/{days[0]}", "/search?q=warm")
        first = [f"/{day}" for day in days[1:41]]
        taken = pages.measure(*first)
        searches = [f"/search?q={query.replace(' ', '+')}" for query in _QUERIES]
        found = median(pages.measure(one) for one in searches)
        yield Goal(16, "search with its chart", "CPU of one core", 50, found * 1000, "ms")
        crowd = first * (_ROUNDS * 10 // len(first))
        pages.measure_crowd(first)
        before = pages.read_memory()
        request = pages.measure_crowd(crowd)
        yield Goal(
            16, "request for a mailing, 20 clients (5 ms are 200 a second)", "CPU of one core", 5, request * 1000, "ms"
        )
        yield Goal(
            16,
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
    yield Goal(16, "page of a mailing", "Datasette with the same rows", 1, taken / len(first) / (beside / len(rows)))


def _measure_large_pages(folder: Path) -> Goal:
    """Return the goal of large pages: mailings of 600 papers with authors, of which some were revised."""
    archive = make_archive(folder, 12, _PAPERS)
    with archive.open(Access.CREATE) as work:
        chance = Random(15)
        for digest in work.store.digests():
            work.store.put_listed([_show_later(entry, chance) for entry in digest.entries], "new", NOON)
        held = {str(day): row.papers for day, row in work.store.mailings().items()}
    with _start([SYNCD, "-c", str(archive.config), "serve", "--listen"]) as pages:
        # The first page loads the templates.
        first, *days = held
        pages.get(f"/{first}")
        taken = min(pages.measure(f"/{day}") / held[day] for day in days)
    what = f"page of {_PAPERS} papers, made anew (the quickest of {len(days)})"
    return Goal(16, what, "CPU of one core", 100, taken * _PAPERS * 1000, "ms")


def _show_later(entry: Entry, chance: Random) -> Paper:
    """Return a paper as a source may show it later."""
    title = entry.title if chance.random() < _SAME_TITLE else f"{entry.title} Revised"
    names = (f"{chance.choice(_FORENAMES)} {chance.choice(_FORENAMES)}son" for _ in range(chance.randint(2, 8)))
    categories = ("cs.CV", *chance.sample(["cs.LG", "cs.AI", "cs.RO"], chance.randint(0, 2)))
    metadata = Metadata(authors=tuple(map(Author, dict.fromkeys(names))))
    return Paper(entry.id, title, entry.abstract, chance.choice((1, 1, 1, 2, 3)), categories, metadata)


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
