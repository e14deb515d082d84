"""How long searches take in a large archive of abstracts of real length on both databases.

`python -m tests.bench_searches 280000` makes an archive of that size. PostgreSQL is left out where it is not installed.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING

from syncd.archive.sql import search_queries
from syncd.archive.sql.database import open_database
from syncd.archive.sql.database_copy import copy_database
from syncd.archive.sql.store import Store
from syncd.core.model import Author, Metadata, Paper, PaperId
from syncd.core.query import parse_query
from tests.speed.invented_words import VOCABULARY, InventedWords
from tests.support.postgres_server import create_postgres_database, serve_postgres
from tests.support.searched_papers import NOW, create_identity, make_entry, make_mailing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from syncd.core.query import Condition

ENTRIES, MAILING = 30_000, 150
WORDS = 190
CATEGORIES = ["cs.LG", "cs.AI", "cs.RO", "eess.IV", "cs.CL", "cs.GR"]
QUERIES = {
    "a common word": "w5",
    "two common words": "w5 w9",
    "a rare word": "w9000",
    "a phrase of common words": '"w1 w2"',
    "one of two common words": "w5 OR w9",
    "a common word without another": "w5 -w9",
    "a beginning": "w123*",
    "a beginning of most words": "w*",
    "a phrase with a beginning of many words": '"w3 w1*"',
    "no word but an excluded one": "-w5",
    "a common word in the title": "title:w5",
    "a rare word in the title": "title:w9000",
    "an author": 'author:"A7 B7"',
    "a common word of an author": 'w5 author:"A7 B7"',
    "a common word of a common surname": "w5 author:B7",
    "a common word in a category": "w5 category:cs.LG",
    "a common word in a month": "w5 since:2020-03 until:2020-03",
}


def make_archive(store: Store, entries: int) -> None:
    """Fill a store with mailings whose words are as common as in any language."""
    chance = Random(3)
    words = InventedWords(chance, [f"w{rank}" for rank in range(VOCABULARY)])
    create_identity(store)
    for first in range(0, entries, MAILING):
        day = date(2020, 1, 2) + timedelta(days=first // MAILING)
        papers = []
        for number in range(first, first + MAILING):
            title = words.draw_title()
            text = words.draw_abstract(title, WORDS)
            names = tuple(Author(f"A{chance.randrange(2_000)} B{chance.randrange(2_000)}") for _ in range(4))
            categories = ("cs.CV", *chance.sample(CATEGORIES, chance.choice([0, 1, 1, 2])))
            one = PaperId(f"{day:%y%m}.{number % 100_000:05}")
            papers.append(Paper(one, " ".join(title), " ".join(text), 1, categories, Metadata(authors=names)))
        store.put_listed(papers, "new", NOW)
        store.put_mailing(*make_mailing(day, *(make_entry(one.id, one.title, one.abstract or "") for one in papers)))


def measure(store: Store) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield for each query the seconds of the newest 20, of the best 20, of the number found and of the numbers by month."""
    works: list[Callable[[Connection, Condition], object]] = [
        partial(search_queries.list_newest, limit=20),
        partial(search_queries.list_best, limit=20),
        search_queries.count,
        search_queries.count_by_month,
    ]
    with store.database.read() as connection:
        for what, typed in QUERIES.items():
            condition = parse_query(typed)
            if condition is None:
                raise RuntimeError(f"no query: {typed}")
            watch = partial(_read_seconds, connection)
            newest, best, count, months = (_take_least(partial(work, connection, condition), watch) for work in works)
            yield what, newest, best, count, months


def _take_least(work: Callable[[], object], watch: Callable[[], float], rounds: int = 9) -> float:
    """Return the seconds of CPU of the quickest of some rounds: what else the machine does only adds to them."""
    taken = []
    for _ in range(rounds):
        start = watch()
        work()
        taken.append(watch() - start)
    return min(taken)


def _read_seconds(connection: Connection) -> float:
    """Return the seconds of CPU of this process, and of the process of the server that answers it."""
    server = 0
    if connection.dialect.name == "postgresql":
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        server = int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])
    return process_time() + server / 1e9


def print_table(store: Store, what: str) -> None:
    """Measure and print the table of a database."""
    print(f"{what:<48}{'newest':>8}{'best':>8}{'count':>8}{'months':>8}")
    for searched, *taken in measure(store):
        print(f"{searched:<48}" + "".join(f"{one * 1e3:>8.1f}" for one in taken), flush=True)


def main(entries: int = ENTRIES) -> None:
    """Make the archive, measure and print the tables."""
    with TemporaryDirectory(prefix="syncd-bench-") as folder, serve_postgres("fsync=off") as server:
        url = f"sqlite:///{Path(folder) / 'archive.db'}"
        with closing(open_database(url, create=True)) as database:
            store = Store(database, "replica")
            make_archive(store, entries)
            print_table(store, f"searches among {entries:,} papers, ms of CPU")
        if server is not None:
            copy = create_postgres_database(server, "archive", "template1")
            copy_database(url, copy, lambda *_: None)
            with closing(open_database(copy, create=False)) as database:
                print_table(Store(database, "replica"), "the same on PostgreSQL")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
