"""What a backfill from bulk metadata costs, measured in a process of its own: `python -m tests.speed.bulk ANSWERS FOLDER [URL]`.

The answers of the loopback arXiv are made before, and lie in files: they would take more memory than what is measured.
"""

from __future__ import annotations

import gc
import json
import pickle
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from time import process_time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.cli import COLLECTION
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.harvest import DateRange, harvest
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.bench import LONG_SINCE, UNTIL, _count_written, _grown, lengthened
from tests.speed.server_time import ServerTime
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.web import Response

_INDEX = "index.json"
_DATES = DateRange(LONG_SINCE, UNTIL)
_ORDER = BackfillRequest(LONG_SINCE, UNTIL, "oai", announced=False)
_SEARCH_TABLES = "name LIKE 'syncd\\_search%' ESCAPE '\\' OR name LIKE 'syncd\\_author\\_search%' ESCAPE '\\'"


@dataclass(frozen=True, slots=True)
class BulkCost:
    """Seconds of CPU to read and load the metadata and to write the mailings, memory in MB, and sizes in bytes.

    Sizes are 0 where the database is on a server.
    """

    papers: int
    reading: float
    writing: float
    memory: float
    written: int
    digests: int
    vault: int
    database: int
    index: int


@dataclass
class _RecordingClient:
    """Asks the loopback arXiv, and puts each answer into a file of its own."""

    here: World
    folder: Path
    numbers: dict[str, int]

    def get(self, url: str, *, expect: str) -> Response:
        answer = self.here.get(url, expect=expect)
        number = self.numbers.setdefault(url.removeprefix(self.here.server.url), len(self.numbers))
        (self.folder / str(number)).write_bytes(pickle.dumps(answer))
        return answer


@dataclass
class _RecordedClient:
    """Answers out of the files of a `_RecordingClient`."""

    address: str
    folder: Path
    numbers: dict[str, int]

    def get(self, url: str, *, expect: str) -> Response:
        number = self.numbers[url.removeprefix(self.address)]
        answer: Response = pickle.loads((self.folder / str(number)).read_bytes())  # noqa: S301  written by this program
        return answer


def record_answers(folder: Path, scratch: Path) -> None:
    """Write the answers that a backfill asks for, of papers with texts of real length."""
    folder.mkdir()
    with world(scratch, noon(UNTIL), lengthened(_grown(LONG_SINCE), Random(2))) as here:
        client = _RecordingClient(here, folder, {})
        _fill(here, client, lambda: None)
        (folder / _INDEX).write_text(json.dumps(client.numbers), encoding="utf-8")


def measure_bulk(answers: Path, folder: Path, url: str | None = None) -> BulkCost:
    """Return what a backfill of these answers costs in a process of its own. `url` is a database on a server."""
    command = [sys.executable, "-m", "tests.speed.bulk", str(answers), str(folder), *([url] if url else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return BulkCost(**json.loads(done.stdout))


def _fill(here: World, client: _RecordingClient | _RecordedClient, between: Callable[[], None]) -> None:
    means = UpstreamAccess(client, ListingClient(client, here.server.url, "cs.CV"), RunControl())
    with here.open() as work:
        harvest(work, client, _DATES, means.control)
        between()
        backfill(work, means, _ORDER)
        if not work.store.mailings():
            raise RuntimeError("the backfill to be measured wrote nothing")


def _measure(answers: Path, folder: Path, url: str | None) -> BulkCost:
    numbers = json.loads((answers / _INDEX).read_text(encoding="utf-8"))
    with world(folder, noon(UNTIL)) as here:
        if url is not None:
            here.overrides["database.url"] = url
        server = ServerTime(url)
        times, before = [process_time() + server.read()], _count_written()
        # Memory is that of the backfill alone, and not of the imports and the history of the stand-in before it.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        _fill(
            here,
            _RecordedClient(here.server.url, answers, numbers),
            lambda: times.append(process_time() + server.read()),
        )
        times.append(process_time() + server.read())
        written, memory = _count_written() - before, _read_peak()
        with here.open() as work, work.database.read() as connection:
            papers = connection.scalar(sa.text("SELECT count(*) FROM entry"))
            index = 0
            if url is None:
                index = connection.scalar(sa.text(f"SELECT sum(pgsize) FROM dbstat WHERE {_SEARCH_TABLES}"))  # noqa: S608
    digests, vault = (_read_size(here.folder / name) for name in ("archive", "vault"))
    database = 0 if url else (here.folder / "syncd.db").stat().st_size
    return BulkCost(papers, times[1] - times[0], times[2] - times[1], memory, written, digests, vault, database, index)


def _read_peak() -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def _read_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    gc.set_threshold(*COLLECTION)
    given = sys.argv[3] if len(sys.argv) > 3 else None
    print(json.dumps(asdict(_measure(Path(sys.argv[1]), Path(sys.argv[2]), given))))
