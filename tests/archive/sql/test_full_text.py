"""The full-text index: it holds exactly the entries and names of the archive, whatever was replaced and in any order."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import database as db
from syncd.archive.sql import full_text
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.search_queries import Query
from syncd.archive.sql.store import Store
from syncd.core.model import Author, Metadata, Paper, PaperId
from syncd.core.query import parse_query
from tests.support.searched_papers import NOW, make_entry, make_mailing, put_mailing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest_plugins = ("tests.support.postgres_server",)
MONDAY, TUESDAY = date(2021, 4, 5), date(2021, 4, 6)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(db.open_database(url, create=True)) as opened:
        store = Store(opened, "replica")
        store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))
        put_mailing(
            store, MONDAY, make_entry("2104.00002", "Depth", "maps"), make_entry("2104.00001", "Stereo", "depth")
        )
        put_mailing(store, TUESDAY, make_entry("2104.00009", "Another Depth", "Short."))
        yield store


def found(store: Store, typed: str, limit: int = 20) -> list[str]:
    condition = parse_query(typed)
    assert condition is not None
    return [hit.entry.id for hit in store.search(Query(condition, limit)).hits]


def list_faults(store: Store) -> str:
    """Return what FTS5 says of its index, compared with the texts. Empty when all is well, as always on a server."""
    if store.database.file is None:
        return ""
    try:
        with store.database.write() as connection:
            connection.execute(sa.text("INSERT INTO syncd_search (syncd_search, rank) VALUES ('integrity-check', 1)"))
    except Exception as error:  # noqa: BLE001  its kind depends on the version of SQLite
        return str(error)
    return ""


def test_mailings_written_together_in_any_order_make_one_segment_of_the_index(tmp_path: Path) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(30)]
    pieces = []
    for name, order in (("ascending", days), ("descending", days[::-1])):
        with closing(db.open_database(f"sqlite:///{tmp_path}/{name}.db", create=True)) as opened:
            store = Store(opened, "replica")
            store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))
            entries = {day: make_entry("2104.00009", f"Depth {day}", "Short.") for day in days}
            store.put_mailings(make_mailing(day, entries[day]) for day in order)
            with opened.read() as connection:
                pieces.append(connection.scalar(sa.text("SELECT count(DISTINCT segid) FROM syncd_search_idx")))
            assert len(found(store, "depth", limit=50)) == len(days)
    assert pieces == [1, 1]


def test_the_parts_of_a_large_load_are_not_merged_until_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(db.open_database(f"sqlite:///{tmp_path}/archive.db", create=True)) as opened:
        store = Store(opened, "replica")
        store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))
        for number, many in ((0, 1), (30, 1_000)):
            monkeypatch.setattr(full_text, "_MANY", many)
            for day in range(number, number + 20):
                put_mailing(store, MONDAY + timedelta(days=day), make_entry(f"2104.{day:05}", "Depth", "Short."))
            with opened.read() as connection:
                parts = connection.scalar(sa.text("SELECT count(DISTINCT segid) FROM syncd_search_idx"))
                merging = connection.scalar(sa.text("SELECT v FROM syncd_search_config WHERE k = 'automerge'"))
            assert (parts == 20) is (many == 1)
            assert merging == 8
        assert len(found(store, "depth", limit=50)) == 40


def test_a_replaced_mailing_is_found_by_its_new_text_only(store: Store) -> None:
    put_mailing(store, MONDAY, make_entry("2104.00002", "Something else", "Entirely."))
    assert found(store, "depth") == ["2104.00009"]
    assert found(store, "entirely") == ["2104.00002"]
    assert store.count_unindexed() == 0
    assert list_faults(store) == ""


def test_an_outdated_index_is_noticed_and_built_again(store: Store) -> None:
    if store.database.file is None:
        pytest.skip("a server keeps the index itself")
    with store.database.write() as connection:
        connection.execute(sa.text("INSERT INTO syncd_search (syncd_search) VALUES ('delete-all')"))
    assert found(store, "depth") == []
    assert store.count_unindexed() == 3
    assert store.reindex() == 3
    assert store.count_unindexed() == 0
    assert len(found(store, "depth")) == 3


def test_names_of_authors_are_added_once_each_and_built_again(store: Store) -> None:
    for hour, name in enumerate(("Anna Kor", "J\u00fcrgen M\u00fcller", "Anna Kor")):
        paper = Paper(PaperId("2104.00002"), "Depth", "maps", metadata=Metadata(authors=(Author(name),)))
        store.put_listed([paper], "new", NOW + timedelta(hours=hour))
        assert found(store, f'author:"{name}"') == ["2104.00002"]
    assert found(store, "author:jurgen") == []
    assert store.count_unindexed() == 0
    if store.database.file is not None:
        with store.database.write() as connection:
            connection.execute(sa.text("INSERT INTO syncd_author_search (syncd_author_search) VALUES ('delete-all')"))
        assert store.count_unindexed() == 2
    store.reindex()
    assert found(store, "author:kor") == ["2104.00002"]
    assert store.count_unindexed() == 0


def test_changed_categories_are_found_and_the_old_ones_are_not(store: Store) -> None:
    put_mailing(store, TUESDAY + timedelta(days=1), make_entry("2104.00002", "Depth again", "once more"))
    for hour, categories in enumerate((("cs.CV", "cs.LG"), ("cs.CV", "eess.SY"))):
        paper = Paper(PaperId("2104.00002"), "Depth", "maps", categories=categories)
        store.put_listed([paper], "new", NOW + timedelta(hours=hour))
        assert found(store, f"category:{categories[1]}") == ["2104.00002"] * 2
        assert found(store, "depth -category:cs.CV") == ["2104.00009", "2104.00001"]
    assert found(store, "category:cs.LG") == []
    assert found(store, "category:cs.SY maps") == ["2104.00002"]
    put_mailing(store, MONDAY, make_entry("2104.00002", "Something else", "Entirely."))
    assert found(store, "category:eess something") == ["2104.00002"]
    assert (store.count_unindexed(), list_faults(store)) == (0, "")
    store.reindex()
    assert found(store, "category:eess.SY") == ["2104.00002"] * 2


def test_entries_that_were_taken_out_of_the_index_do_not_stay_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_text, "_MANY", 1)
    days = [MONDAY + timedelta(days=n) for n in range(4)]
    with closing(db.open_database(f"sqlite:///{tmp_path}/archive.db", create=True)) as opened:
        store = Store(opened, "replica")
        store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))
        entries = [make_entry(f"2104.{n:05}", "Depth", " ".join(f"w{n}x{i}" for i in range(900))) for n in range(40)]
        store.put_mailings(make_mailing(day, *entries[n * 10 : n * 10 + 10]) for n, day in enumerate(days))
        sizes = []
        for hour, categories in enumerate(("cs.CV", "cs.CV cs.LG", "cs.CV cs.RO", "cs.CV cs.AI", "cs.CV cs.GR")):
            papers = [Paper(one.id, one.title, one.abstract, categories=tuple(categories.split())) for one in entries]
            store.put_listed(papers, "new", NOW + timedelta(hours=hour))
            with opened.read() as connection:
                sizes.append(connection.scalar(sa.text("SELECT sum(length(block)) FROM syncd_search_data")))
        assert max(sizes) < 1.4 * min(sizes)
        assert len(found(store, "category:cs.GR", limit=50)) == 40
        assert list_faults(store) == ""


def test_many_mailings_are_indexed_whole(store: Store) -> None:
    for number in range(30):
        day = TUESDAY + timedelta(days=number)
        put_mailing(store, day, *(make_entry(f"2105.{number:02}{i:03}", "Plain", "common") for i in range(9)))
    condition = parse_query("common")
    assert condition is not None
    assert store.search(Query(condition)).total == 270
    assert list_faults(store) == ""


@pytest.mark.postgres
def test_a_server_reads_every_sign_of_ascii_as_a_blank_and_keeps_letters_digits_and_text_of_any_length(
    postgres_url: str,
) -> None:
    signs = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    ascii_text = "".join(map(chr, range(1, 128)))
    accented = f"é{ascii_text}–Ω"
    with closing(db.open_database(postgres_url, create=False)) as opened, opened.read() as connection:
        for given, before, after in ((ascii_text, "", ""), (ascii_text * 50, "", ""), (accented, "e", " ω")):
            made = connection.scalar(sa.select(sa.func.syncd_fold(given)))
            assert made == given.replace("é", before).replace("–Ω", after).translate({ord(sign): " " for sign in signs})
