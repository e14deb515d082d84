"""What it costs to take files over, to prove them, and to bring rows or files back: goals 1, 4 and 5, with 12 and 13 of them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, replace
from math import log
from statistics import linear_regression
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any

from syncd.archive.sql.database import upgrade
from syncd.config import load
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.workspace import Access, open_workspace
from tests.speed.goals import Goal
from tests.speed.measurement import SYNCD, process, run
from tests.speed.reference_archive import NOON
from tests.speed.server_time import ServerTime
from tests.support.postgres_server import create_postgres_database, serve_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from syncd.usecases.workspace import Workspace
    from tests.speed.reference_archive import ReferenceArchive

_ROUNDS = 2
_TABLES = ("paper", "paper_text", "mailing", "entry", "syncd_history", "syncd_replica_file")
_INDEXED = "abstract, title, categories"
_INDEX = f"INSERT INTO syncd_search (rowid, {_INDEXED}) SELECT id, {_INDEXED} FROM syncd_entry_text"  # noqa: S608
_RAW = "`executemany` of the same rows, and their index"


@dataclass(frozen=True, slots=True)
class Costs:
    """What the same work costs an archive: seconds of CPU, of a database server, too. `waited` is the wall time of all files."""

    adopt: float
    check_full: float
    repair_rows: float
    repair_files: float
    waited: float

    def name_times(self) -> dict[str, float]:
        """Return the times of CPU by what is done."""
        return {
            "`adopt`": self.adopt,
            "`check --full`": self.check_full,
            "`repair` of all rows": self.repair_rows,
            "`repair` of all files": self.repair_files,
        }


def measure_rebuilding(archives: Sequence[ReferenceArchive], folder: Path) -> Iterator[Goal]:
    """Yield goals 4 and 5 of the last of these archives, which ascend by size, and goal 13 of all."""
    folder.mkdir()
    whole = archives[-1]
    costs = [measure_costs(archive, folder / str(number)) for number, archive in enumerate(archives)]
    # All of them once more, in turns: what else the machine does only adds.
    again = [_adopt_anew(archive, folder / "again") for archive in archives]
    costs = [replace(cost, adopt=min(cost.adopt, taken)) for cost, taken in zip(costs, again, strict=True)]
    raw = min(_insert_raw(whole, folder / "raw") for _ in range(_ROUNDS))
    copied = min(_copy(whole, folder / "copy") for _ in range(_ROUNDS))
    yield Goal(4, "`adopt`", _RAW, 3, costs[-1].adopt / raw)
    yield Goal(4, "`repair` of all rows", _RAW, 3, costs[-1].repair_rows / raw)
    yield Goal(5, "`repair` of all files, wall", "`cp -r && sync`, wall", 4, costs[-1].waited / copied)
    sizes = [log(archive.size) for archive in archives]
    for what in ("`adopt`", "`repair` of all rows", "`repair` of all files"):
        times = [log(cost.name_times()[what]) for cost in costs]
        exponent = linear_regression(sizes, times).slope
        yield Goal(13, f"growth of {what}", "a half and a quarter of the archive", 1.05, exponent, "(exponent)")
    memory = [_adopt_apart(archive, folder / "apart") for archive in (archives[0], whole)]
    yield Goal(13, "memory of `adopt`", "a quarter of the archive", 1.05, memory[1] / memory[0])


def measure_on_server(archive: ReferenceArchive, folder: Path) -> Iterator[Goal]:
    """Yield goal 12 of the same work where a PostgreSQL server is installed."""
    folder.mkdir()
    with serve_postgres("fsync=off") as server:
        if server is None:
            return
        url = create_postgres_database(server, "rebuilt", "template1")
        upgrade(url)
        ours = measure_costs(archive, folder / "server", url).name_times()
    theirs = measure_costs(archive, folder / "sqlite").name_times()
    for what, taken in ours.items():
        yield Goal(12, f"{what} of {len(archive.files)} digests on PostgreSQL", "SQLite", 1.5, taken / theirs[what])


def measure_costs(archive: ReferenceArchive, folder: Path, url: str | None = None) -> Costs:
    """Return the costs of an archive with the same files in a new folder, and in the empty database at `url` if one is given."""
    server = ServerTime(url)

    def take(work: Callable[[], object]) -> float:
        before = process_time() + server.read()
        work()
        return process_time() + server.read() - before

    with closing(_open_empty(archive, folder, url)) as work:
        adopted = take(lambda: adopt(work, [archive.folder / "offered"]))
        checked = min(take(lambda: check(work, Scope(full=True))) for _ in range(_ROUNDS))
        rows = min(_repair_rows(work, take) for _ in range(_ROUNDS))
        files, waited = zip(*(_repair_files(work, take) for _ in range(_ROUNDS)), strict=True)
    shutil.rmtree(folder)
    return Costs(adopted, checked, rows, min(files), min(waited))


def _adopt_anew(archive: ReferenceArchive, folder: Path) -> float:
    """Return the CPU seconds in which the files are taken over in a new folder."""
    with closing(_open_empty(archive, folder)) as work:
        taken = process(lambda: adopt(work, [archive.folder / "offered"]))
    shutil.rmtree(folder)
    return taken


def _open_empty(archive: ReferenceArchive, folder: Path, url: str | None = None) -> Workspace:
    folder.mkdir()
    shutil.copy(archive.config, folder)
    overrides = {"database.url": url} if url else {}
    return open_workspace(load(folder / "config.toml", {}, overrides), lambda: NOON, Access.CREATE)


def _repair_rows(work: Workspace, take: Callable[[Callable[[], object]], float]) -> float:
    days = list(work.store.mailings())
    for day in days:
        work.store.remove_mailing(day)
    taken = take(lambda: repair(work))
    _require(len(work.store.mailings()) == len(days))
    return taken


def _repair_files(work: Workspace, take: Callable[[Callable[[], object]], float]) -> tuple[float, float]:
    """Return the seconds of CPU, and those that pass: most of them are waiting for the disk."""
    paths = [work.folder.root / work.folder.path_of(day) for day in work.store.mailings()]
    for path in paths:
        path.unlink()
    begun = monotonic()
    taken = take(lambda: repair(work))
    _require(all(path.exists() for path in paths))
    return taken, monotonic() - begun


def _insert_raw(archive: ReferenceArchive, folder: Path) -> float:
    """Return the CPU seconds of inserting all rows of the archive into an empty database of the same schema."""
    with closing(sqlite3.connect(archive.folder / "syncd.db")) as held:
        rows: dict[str, list[Any]] = {name: held.execute(f"SELECT * FROM {name}").fetchall() for name in _TABLES}  # noqa: S608
    _open_empty(archive, folder).close()

    def insert() -> None:
        connection.execute("BEGIN")
        for name, of_table in rows.items():
            places = ",".join("?" * len(of_table[0]))
            connection.executemany(f"INSERT OR REPLACE INTO {name} VALUES ({places})", of_table)  # noqa: S608
        connection.execute(_INDEX)
        connection.execute("COMMIT")

    with closing(sqlite3.connect(folder / "syncd.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = -16000")
        taken = process(insert)
    shutil.rmtree(folder)
    return taken


def _adopt_apart(archive: ReferenceArchive, folder: Path) -> float:
    """Return the memory in MB that the command takes at most."""
    folder.mkdir()
    shutil.copy(archive.config, folder)
    memory = run([SYNCD, "-c", str(folder / "config.toml"), "adopt", str(archive.folder / "offered")]).memory
    shutil.rmtree(folder)
    return memory


def _copy(archive: ReferenceArchive, copy: Path) -> float:
    begun = monotonic()
    subprocess.run(["sh", "-c", 'cp -r "$0" "$1" && sync -f "$1"', archive.root, copy], check=True)
    taken = monotonic() - begun
    shutil.rmtree(copy)
    return taken


def _require(is_done: bool) -> None:
    if not is_done:
        raise RuntimeError("not everything came back")
