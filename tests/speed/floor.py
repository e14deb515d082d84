"""The least work of a full check, without a line of syncd: what no other way of writing it could leave out.

It reads what a full check must read with what Python has for it in C: files and their hashes, responses of the vault, the rows of
the database with their hashes as they are defined, and SQLite's own check. It looks at nothing and says nothing.
`python -m tests.speed.floor ARCHIVE` prints the parts of an archive that `make_archive` made, in times of `sha256sum`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from contextlib import closing
from hashlib import blake2b, sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.speed.measurement import process, run
from tests.speed.reference_archive import ReferenceArchive

if TYPE_CHECKING:
    from collections.abc import Callable

_ENTRIES = """
    SELECT entry.*, title, abstract FROM entry
    JOIN paper_text ON paper_text.paper_id = entry.paper_id AND paper_text.number = entry.text_number ORDER BY entry.id
"""
_PAPERS = """
    SELECT paper.*, paper_text.* FROM paper LEFT JOIN paper_text ON paper_text.paper_id = paper.id ORDER BY paper.id
"""
_encode = json.JSONEncoder(separators=(",", ":")).encode


def read_files(archive: ReferenceArchive) -> None:
    """Read and hash the digests."""
    for path in archive.files:
        sha256(path.read_bytes()).digest()


def read_vault(archive: ReferenceArchive) -> None:
    """Unpack and hash the responses."""
    for path in (archive.folder / "vault").rglob("*.gz"):
        sha256(zlib.decompress(path.read_bytes(), wbits=31)).digest()


def read_mailings(archive: ReferenceArchive) -> None:
    """Read the rows of all mailings, hash them, and hash the files that they give, as if no text had markup."""
    with closing(sqlite3.connect(archive.folder / "syncd.db")) as connection:
        for _, rows in groupby(connection.execute(_ENTRIES), itemgetter(1)):
            held = list(rows)
            sha256(_encode([row[:-2] for row in held]).encode()).digest()
            lines = [f"### {row[2]}.{row[-2]}  [{row[3]}\n>  {row[-1]}      \n" for row in held]
            sha256("".join(lines).encode()).digest()


def read_papers(archive: ReferenceArchive) -> None:
    """Read and hash the rows of all papers, of which no source was asked."""
    with closing(sqlite3.connect(archive.folder / "syncd.db")) as connection:
        for row in connection.execute(_PAPERS):
            blake2b(_encode(row).encode(), digest_size=8).digest()


def check_database(archive: ReferenceArchive) -> None:
    """Let SQLite check the database."""
    with closing(sqlite3.connect(archive.folder / "syncd.db")) as connection:
        connection.execute("PRAGMA integrity_check").fetchall()


PARTS: tuple[Callable[[ReferenceArchive], None], ...] = (
    read_files,
    read_vault,
    read_mailings,
    read_papers,
    check_database,
)


def main() -> None:
    """Print what each part takes, and the sum."""
    archive = ReferenceArchive(Path(sys.argv[1]))
    hashed = run(["sha256sum", *map(str, archive.files)], rounds=5).seconds
    total = 0.0
    for part in PARTS:
        taken = process(lambda: part(archive), rounds=3) / hashed  # noqa: B023
        total += taken
        print(f"{part.__name__:15} {taken:5.2f}")
    print(f"{'sum':15} {total:5.2f}")


if __name__ == "__main__":
    main()
