"""The least work of a PostgreSQL server, without a line of syncd: rows, words and their index, and a search for 20 ids.

`python -m tests.speed.server_floor DIGESTS` prints microseconds of CPU of client and server, by default for 54 digests. It does
what no other way of writing or asking could leave out, and beside it what syncd's tables make the server do.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Any

import psycopg

from syncd.archive.sql.database import upgrade
from tests.speed.reference_archive import make_archive
from tests.support.postgres_server import create_postgres_database, serve_postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

_ROUNDS = 3
_ASKED = 50
# In the order of their foreign keys.
_TABLES = ("paper_text", "paper", "mailing", "entry")
_INDEX = "CREATE INDEX ix_syncd_search_words ON syncd_search USING gin (words)"
_WORDS = "INSERT INTO syncd_search SELECT id, words FROM syncd_entry_text"
_TIDY = "SELECT gin_clean_pending_list('ix_syncd_search_words')"
_VECTORS = "SELECT sum(length(to_tsvector('syncd', syncd_fold(abstract)))) FROM paper_text"
_NEWEST = "SELECT id FROM entry ORDER BY id DESC LIMIT 20"


class _Watch:
    """Reads the CPU time of this process and of the one that serves the connection."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._file = Path(f"/proc/{connection.info.backend_pid}/schedstat")

    def take(self, work: Callable[[], object]) -> tuple[float, float]:
        """Return the seconds of client and server that one call takes."""
        client, server = process_time(), self._read_server()
        work()
        return process_time() - client, self._read_server() - server

    def _read_server(self) -> float:
        return int(self._file.read_text(encoding="ascii").split()[0]) / 1e9


def measure(connection: Connection[Any], database: Path) -> None:
    """Print the parts for the rows of an archive on SQLite, in an empty database of the same schema."""
    watch = _Watch(connection)

    def report(what: str, work: Callable[[], object], share: int, *, keeps: bool = False) -> None:
        taken = []
        for last in reversed(range(_ROUNDS)):
            taken.append(watch.take(work))
            connection.commit() if keeps and not last else connection.rollback()
        client, server = (part / share * 1e6 for part in min(taken, key=sum))
        print(f"{what:<60}{client:>8.0f}{server:>8.0f}", flush=True)

    print(f"{'µs of CPU for each entry':<60}{'client':>8}{'server':>8}")
    with closing(sqlite3.connect(database)) as held:
        for table in _TABLES:
            found = held.execute(f"SELECT * FROM {table}")  # noqa: S608
            names, rows = [column[0] for column in found.description], found.fetchall()
            report(f"rows of {table} by COPY", partial(_copy, connection, table, names, rows), len(rows), keeps=True)
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.commit()
    report("words of abstracts", lambda: connection.execute(_VECTORS), len(rows))
    connection.execute("DROP INDEX ix_syncd_search_words")
    connection.commit()
    report("words of entries into their table", lambda: connection.execute(_WORDS), len(rows), keeps=True)
    report("their index, built after the rows", lambda: connection.execute(_INDEX), len(rows), keeps=True)
    connection.execute("TRUNCATE syncd_search")
    connection.commit()
    report("words of entries into their table, and their index", partial(_index_words, connection), len(rows))
    print("µs of CPU for each search")
    connection.execute("SET enable_seqscan = off")
    for what, is_prepared in (("one prepared statement for 20 ids", True), ("the same, not prepared", False)):
        report(what, partial(_ask, connection, is_prepared=is_prepared), _ASKED)


def _ask(connection: Connection[Any], *, is_prepared: bool) -> None:
    for _ in range(_ASKED):
        connection.execute(_NEWEST, prepare=is_prepared).fetchall()


def _copy(connection: Connection[Any], table: str, names: list[str], rows: list[Any]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _index_words(connection: Connection[Any]) -> None:
    connection.execute(_WORDS)
    connection.execute(_TIDY)


def main() -> None:
    """Make the archive and the server, and measure."""
    digests = int(sys.argv[1]) if len(sys.argv) > 1 else 54
    with TemporaryDirectory(prefix="syncd-floor-") as folder, serve_postgres("fsync=off") as server:
        if server is None:
            sys.exit("no PostgreSQL server is installed")
        archive = make_archive(Path(folder, "archive"), digests)
        url = create_postgres_database(server, "floor", "template1")
        upgrade(url)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            measure(connection, archive.folder / "syncd.db")


if __name__ == "__main__":
    main()
