"""The least work of bulk changes, without a line of syncd: what no other way of writing them could leave out.

It does with what Python has for it in C what `adopt`, `repair` of all files and a backfill must do: unpack, pack and hash bytes,
make a tree of XML, insert rows with their indexes, and write files that are on the disk. It looks at nothing and says nothing.
`python -m tests.speed.bulk_floor DIGESTS` prints the parts for an archive of that size, by default of 54 digests, and for a
backfill of about 9,700 papers, beside what syncd takes for the same.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import blake2b, sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from syncd.cli import COLLECTION
from tests.speed.bulk import measure_bulk, record_answers
from tests.speed.floor import read_mailings, read_papers
from tests.speed.measurement import process
from tests.speed.rebuilding import measure_costs
from tests.speed.reference_archive import ReferenceArchive, make_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ROUNDS = 3
_LEVEL = 4
"""At which the vault packs."""
_BLOCK = 32
_OF_RECORDS = ("author", "paper", "paper_text", "version", "paper_author", "paper_category")
_OF_MAILINGS = ("mailing", "entry", "syncd_history", "syncd_replica_file")
_WORDS = "abstract, title, categories"
_INDEX_WORDS = f"INSERT INTO syncd_search (rowid, {_WORDS}) SELECT id, {_WORDS} FROM syncd_entry_text"  # noqa: S608
_INDEX_NAMES = "INSERT INTO syncd_author_search (rowid, name) SELECT id, name FROM author"


def pack(bodies: Sequence[bytes]) -> None:
    """Hash and pack what the vault keeps."""
    for body in bodies:
        sha256(body).digest()
        zlib.compress(body, _LEVEL, wbits=31)


def hash_texts(database: Path) -> None:
    """Hash each text, as the journal names it."""
    with closing(sqlite3.connect(database)) as connection:
        for title, abstract in connection.execute("SELECT title, abstract FROM paper_text"):
            blake2b(f"{title}\n{abstract}".encode(), digest_size=8).digest()


def insert_rows(database: Path, copy: Path, tables: Sequence[str], index: str) -> float:
    """Return the CPU seconds of inserting all rows of these tables into a copy without them, and of their index of words."""
    with closing(sqlite3.connect(database)) as held:
        rows: dict[str, list[Any]] = {name: held.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608

    def empty() -> sqlite3.Connection:
        shutil.copy(database, copy)
        connection = sqlite3.connect(copy, isolation_level=None)
        for name in ("syncd_search", "syncd_author_search") if "author" in tables else ("syncd_search",):
            connection.execute(f"DELETE FROM {name}")  # noqa: S608
        later = _OF_MAILINGS if "author" in tables else ()
        for name in (*reversed(tables), *later):
            connection.execute(f"DELETE FROM {name}")  # noqa: S608
        connection.execute("VACUUM")
        connection.execute("PRAGMA cache_size = -16000")
        return connection

    def insert() -> None:
        connection.execute("BEGIN")
        for name, of_table in rows.items():
            places = ",".join("?" * len(of_table[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", of_table)  # noqa: S608
        connection.execute(index)
        connection.execute("COMMIT")

    taken = []
    for _ in range(_ROUNDS):
        with closing(empty()) as connection:
            taken.append(process(insert))
        copy.unlink()
    return min(taken)


def read_xml(pages: Sequence[bytes]) -> None:
    """Make a tree of each page."""
    for page in pages:
        ElementTree.fromstring(page)


def sort_packed(texts: Sequence[tuple[str, str]]) -> None:
    """Pack texts in blocks and unpack them, so that all records are sorted in little memory."""
    for at in range(0, len(texts), _BLOCK):
        zlib.decompress(zlib.compress(repr(texts[at : at + _BLOCK]).encode(), 1))


def write_files(archive: ReferenceArchive, folder: Path) -> float:
    """Return the seconds that pass while all digests are written under other names, synced at once, and named."""
    contents = [path.read_bytes() for path in archive.files]
    folder.mkdir()
    begun = monotonic()
    files = [os.open(folder / f".{number}", os.O_WRONLY | os.O_CREAT, 0o644) for number in range(len(contents))]
    for file, data in zip(files, contents, strict=True):
        os.write(file, data)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(os.fsync, files))
    for number, file in enumerate(files):
        os.close(file)
        os.replace(folder / f".{number}", folder / str(number))  # noqa: PTH105
    synced = os.open(folder, os.O_RDONLY)
    os.fsync(synced)
    os.close(synced)
    taken = monotonic() - begun
    shutil.rmtree(folder)
    return taken


def copy_files(archive: ReferenceArchive, folder: Path) -> float:
    """Return the seconds that pass while all digests are copied and synced."""
    begun = monotonic()
    subprocess.run(["sh", "-c", 'cp -r "$0" "$1" && sync -f "$1"', archive.root, folder], check=True)
    taken = monotonic() - begun
    shutil.rmtree(folder)
    return taken


def measure_adoption(archive: ReferenceArchive, folder: Path) -> dict[str, float]:
    """Return the CPU seconds of the parts of `adopt`, and what syncd takes for that and for repairs."""
    database, bodies = archive.folder / "syncd.db", [path.read_bytes() for path in archive.files]
    tables = ("paper", "paper_text", *_OF_MAILINGS)
    costs = measure_costs(archive, folder / "costs")
    return {
        "insert rows and index": insert_rows(database, folder / "copy.db", tables, _INDEX_WORDS),
        "hash and pack the files": _take(lambda: pack(bodies)),
        "hash the rows of mailings and their files": _take(lambda: read_mailings(archive)),
        "hash the rows of papers": _take(lambda: read_papers(archive)),
        "hash each text": _take(lambda: hash_texts(database)),
        "syncd: adopt": costs.adopt,
        "syncd: repair of all rows": costs.repair_rows,
        "syncd: repair of all files": costs.repair_files,
        "syncd: repair of all files, until it ends": costs.waited,
    }


def measure_repair(archive: ReferenceArchive, folder: Path) -> dict[str, float]:
    """Return the seconds of the parts of `repair` of all files: rows are CPU, files are those that pass."""
    return {
        "read and hash rows, and the files that they give": _take(lambda: read_mailings(archive)),
        "write, sync and name the files": min(write_files(archive, folder / "files") for _ in range(_ROUNDS)),
        "cp -r && sync": min(copy_files(archive, folder / "files") for _ in range(_ROUNDS)),
    }


def measure_backfill(answers: Path, folder: Path) -> dict[str, float]:
    """Return the CPU seconds for each paper of the parts of a backfill, and those that syncd takes for reading and writing."""
    names = json.loads((answers / "index.json").read_text(encoding="utf-8")).values()
    pages = [pickle.loads((answers / str(name)).read_bytes()).body for name in names]  # noqa: S301  of `record_answers`
    taken = measure_bulk(answers, folder / "bulk")
    database = folder / "bulk" / "syncd.db"
    with closing(sqlite3.connect(database)) as connection:
        texts = connection.execute("SELECT title, abstract FROM paper_text").fetchall()
    parts = {
        "read a record: its tree of XML": _take(lambda: read_xml(pages)),
        "read a record: hash and pack the page": _take(lambda: pack(pages)),
        "read a record: pack and unpack it to be sorted": _take(lambda: sort_packed(texts)),
        "load a record: insert its rows": insert_rows(database, folder / "copy.db", _OF_RECORDS, _INDEX_NAMES),
        "load a record: hash its rows": _take(lambda: read_papers(ReferenceArchive(folder / "bulk"))),
        "write a paper: insert its rows and words": insert_rows(
            database, folder / "copy.db", _OF_MAILINGS, _INDEX_WORDS
        ),
        "write a paper: hash its row and its text": _take(lambda: read_mailings(ReferenceArchive(folder / "bulk"))),
        "syncd: read and load a record": taken.reading,
        "syncd: write a paper": taken.writing,
    }
    return {name: seconds / taken.papers for name, seconds in parts.items()}


def _take(work: Callable[[], None]) -> float:
    return min(process(work) for _ in range(_ROUNDS))


def main() -> None:
    """Print what each part takes, and what syncd takes."""
    # As every command does.
    gc.set_threshold(*COLLECTION)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 54
    with TemporaryDirectory(prefix="syncd-floor-") as made:
        folder = Path(made)
        archive, answers = make_archive(folder / "archive", count), folder / "answers"
        record_answers(answers, folder / "recorded")
        measured = (
            ("adopt, and what is made again by repair", measure_adoption(archive, folder), 1e3, "ms"),
            ("repair of all files", measure_repair(archive, folder), 1e3, "ms"),
            ("backfill", measure_backfill(answers, folder), 1e6, "µs a paper"),
        )
    for name, parts, scale, unit in measured:
        print(name)
        for part, seconds in parts.items():
            print(f"  {part:50} {seconds * scale:7.0f} {unit}")


if __name__ == "__main__":
    main()
