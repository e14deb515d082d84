"""What it costs to take files over, and to bring rows or files back: goals 4 and 5."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING, Any

from syncd.config import load
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.workspace import Access, open_workspace
from tests.speed.goals import Goal
from tests.speed.measurement import process
from tests.speed.reference_archive import NOON, ReferenceArchive, make_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.usecases.workspace import Workspace

_ROUNDS = 3
_TABLES = ("paper", "paper_text", "mailing", "entry", "syncd_history", "syncd_replica_file")
_INDEXED = "abstract, title, categories"
_INDEX = f"INSERT INTO syncd_search (rowid, {_INDEXED}) SELECT id, {_INDEXED} FROM syncd_entry_text"  # noqa: S608


def measure_rebuilding(folder: Path, count: int) -> Iterator[Goal]:
    """Yield goals 4 and 5, measured on an archive of its own that has `count` digests."""
    archive = make_archive(folder / "archive", count)
    raw = min(_insert_raw(archive, folder / "raw") for _ in range(_ROUNDS))
    adopted = min(_adopt(archive, folder / "adopted") for _ in range(_ROUNDS))
    yield Goal(4, "`adopt`", "`executemany` of the same rows, and their index", 3, adopted / raw)
    with archive.open(Access.CREATE) as work:
        rows = min(_repair_rows(work) for _ in range(_ROUNDS))
        yield Goal(4, "`repair` of all rows", "`executemany` of the same rows, and their index", 3, rows / raw)
        files = min(_repair_files(work, archive) for _ in range(_ROUNDS))
        copied = min(_copy(archive, folder / "copy") for _ in range(_ROUNDS))
        yield Goal(5, "`repair` of all files, wall", "`cp -r && sync`, wall", 4, files / copied)


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


def _adopt(archive: ReferenceArchive, folder: Path) -> float:
    with closing(_open_empty(archive, folder)) as work:
        taken = process(lambda: adopt(work, [archive.folder / "offered"]))
    shutil.rmtree(folder)
    return taken


def _open_empty(archive: ReferenceArchive, folder: Path) -> Workspace:
    folder.mkdir()
    shutil.copy(archive.config, folder)
    return open_workspace(load(folder / "config.toml", {}, {}), lambda: NOON, Access.CREATE)


def _repair_rows(work: Workspace) -> float:
    days = list(work.store.mailings())
    for day in days:
        work.store.remove_mailing(day)
    taken = process(lambda: repair(work))
    _require(len(work.store.mailings()) == len(days))
    return taken


def _repair_files(work: Workspace, archive: ReferenceArchive) -> float:
    for path in archive.files:
        path.unlink()
    taken = _time(lambda: repair(work))
    _require(all(path.exists() for path in archive.files))
    return taken


def _copy(archive: ReferenceArchive, copy: Path) -> float:
    taken = _time(
        lambda: subprocess.run(["sh", "-c", 'cp -r "$0" "$1" && sync -f "$1"', archive.root, copy], check=True)
    )
    shutil.rmtree(copy)
    return taken


def _time(work: Callable[[], object]) -> float:
    """Return the seconds that pass: most of them are waiting for the disk."""
    start = monotonic()
    work()
    return monotonic() - start


def _require(is_done: bool) -> None:
    if not is_done:
        raise RuntimeError("not everything came back")
