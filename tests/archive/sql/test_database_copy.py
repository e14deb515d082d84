"""A whole archive copied between SQLite and PostgreSQL: the same rows, one moment, all or nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from syncd.archive.sql import database as db
from syncd.archive.sql import full_text, search_queries
from syncd.archive.sql.database_copy import copy_database, plan_copy
from syncd.archive.sql.ledger_tables import POOL
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.search_queries import Query
from syncd.archive.sql.service_tables import HISTORY
from syncd.archive.sql.statements import upsert
from syncd.archive.sql.store import Store
from syncd.archive.sql.tables import AUTHOR
from syncd.core.errors import ArchiveGuard, ArchiveMissing, DatabaseError
from syncd.core.query import Phrase
from tests.support.recorded_archive import copy_filled_in_every_way
from tests.support.service_rows import SERVICE_ROWS
from tests.support.stored_mailings import NOW
from tests.support.unreleased_database import make_unreleased

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("tests.support.postgres_server",)
Rows = dict[str, list[Any]]
AUTHORS = "INSERT INTO author (id, name) VALUES (900, 'Zoë Ångström'), (901, 'élan')"


def ignore(doing: str, done: int, of: int) -> None:
    """Report to no one."""


def run(url: str, *statements: str) -> None:
    with closing(db.open_database(url, create=True)) as database, database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def read(url: str) -> Rows:
    """Return the rows of every table."""
    with closing(db.open_database(url, create=False)) as database, database.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(*table.c)).all()))
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Return the URL of a synced archive with rows in every table."""
    copy_filled_in_every_way(tmp_path / "held")
    url = f"sqlite:///{tmp_path}/held/syncd.db"
    run(url, *SERVICE_ROWS, AUTHORS)
    assert all(rows for rows in read(url).values())
    return url


@pytest.fixture
def target(url: str) -> str:
    """Return the URL of a database without rows. The test runs on both."""
    return url


@pytest.mark.postgres
def test_there_and_back_every_table_is_equal(source: str, new_postgres_url: str, tmp_path: Path) -> None:
    there = copy_database(source, new_postgres_url, ignore)
    back = copy_database(new_postgres_url, f"sqlite:///{tmp_path}/back.db", ignore)
    assert read(source) == read(new_postgres_url) == read(f"sqlite:///{tmp_path}/back.db")
    assert there.tables == back.tables
    assert {one.table: one.rows for one in there.tables} == {name: len(rows) for name, rows in read(source).items()}


def test_a_copy_has_the_schema_the_index_and_the_digests_of_its_source(source: str, new_url: str) -> None:
    copy_database(source, new_url, ignore)
    assert db.compare_schema(new_url) == ()
    with (
        closing(db.open_database(new_url, create=False)) as copied,
        closing(db.open_database(source, create=False)) as old,
    ):
        assert list(Store(copied, "").digests()) == list(Store(old, "").digests())
        assert copied.find_faults() == ()
        query = Query(Phrase(("blurred", "photographs")))
        with copied.read() as connection, old.read() as other:
            assert full_text.count_unindexed(connection) == 0
            assert search_queries.search(connection, query) == search_queries.search(other, query)


@pytest.mark.postgres
def test_a_server_has_every_index_after_a_copy(source: str, postgres_url: str) -> None:
    query = sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
    with closing(db.open_database(postgres_url, create=True)) as database:
        with database.read() as connection:
            before = connection.scalars(query).all()
        assert sum("USING gin" in one for one in before) == 2
        copy_database(source, postgres_url, ignore)
        with database.read() as connection:
            assert connection.scalars(query).all() == before


def test_a_copy_numbers_new_rows_after_those_that_it_has(source: str, target: str) -> None:
    copy_database(source, target, ignore)
    new = {"day": date(2026, 7, 14), "recorded": NOW, "state": "pending", "source": "new", "evidence": "none"}
    with closing(db.open_database(target, create=False)) as database, database.write() as connection:
        highest = connection.scalar(sa.select(sa.func.max(HISTORY.c.id))) or 0
        assert connection.scalar(sa.insert(HISTORY).returning(HISTORY.c.id), new) == highest + 1
        assert connection.scalar(sa.insert(AUTHOR).returning(AUTHOR.c.id), {"name": "New"}) == 902


def test_a_target_with_rows_is_refused_and_keeps_them(source: str, target: str) -> None:
    run(target, "INSERT INTO syncd_pool VALUES ('api', '2026-07-13T16:00:00.250000Z')")
    before = read(target)
    for refused in (lambda: copy_database(source, target, ignore), lambda: plan_copy(source, target)):
        with pytest.raises(ArchiveGuard, match=r"holds rows in syncd_pool.*empty database"):
            refused()
    assert read(target) == before


def test_a_target_with_an_archive_is_refused_by_its_name(source: str, target: str) -> None:
    copy_database(source, target, ignore)
    with pytest.raises(ArchiveGuard, match=r"holds the archive [0-9a-f-]{36} of cs\.CV"):
        copy_database(source, target, ignore)
    assert read(target) == read(source)


def test_a_database_is_not_copied_to_itself(source: str) -> None:
    before = read(source)
    with pytest.raises(ArchiveGuard, match="holds the archive"):
        copy_database(source, source, ignore)
    assert read(source) == before


@pytest.mark.parametrize("at", ["copying", "comparing"])
def test_a_copy_that_was_broken_off_leaves_an_empty_target_and_is_made_anew(source: str, target: str, at: str) -> None:
    def stop(doing: str, done: int, of: int) -> None:
        if doing == at and done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(source, target, stop)
    assert not any(read(target).values())
    copy_database(source, target, ignore)
    assert read(target) == read(source)


def test_what_is_recorded_during_the_copy_neither_waits_nor_is_copied(target: str, source: str, tmp_path: Path) -> None:
    first, second = f"sqlite:///{tmp_path}/first.db", f"sqlite:///{tmp_path}/second.db"
    copy_database(source, first, ignore)
    # Now the archive is read from each of the databases in turn.
    origin = source if target.startswith("sqlite") else target
    if origin == target:
        copy_database(first, target, ignore)
    before, busy = read(origin), db.open_database(origin, create=False)

    def record(doing: str, done: int, of: int) -> None:
        with busy.write() as connection:
            connection.execute(upsert(connection, POOL), {"name": f"{doing} {done}", "next_allowed": NOW})
            connection.execute(sa.text("UPDATE mailing SET evidence = 'changed'"))

    with closing(busy):
        copy_database(origin, second, record)
    assert read(second) == before
    assert len(read(origin)["syncd_pool"]) > len(before["syncd_pool"])


def test_rows_that_the_target_changes_are_found_and_not_kept(source: str, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path}/changed.db"
    change = "UPDATE syncd_history SET evidence = 'other' WHERE id = new.id"
    run(target, f"CREATE TRIGGER changes AFTER INSERT ON syncd_history WHEN new.id = 2 BEGIN {change}; END")
    with pytest.raises(DatabaseError, match="syncd_history has other rows than the source"):
        copy_database(source, target, ignore)
    assert not any(read(target).values())


def test_a_row_that_the_target_refuses_names_its_table_and_what_to_run(source: str, target: str) -> None:
    with closing(db.open_database(source, create=False)) as database, database.read() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql("UPDATE syncd_published SET ordinal = 0")
        connection.commit()
    with pytest.raises(DatabaseError, match=r"refuses rows of syncd_published.* run: syncd check --full"):
        copy_database(source, target, ignore)
    assert not any(read(target).values())


def test_progress_counts_every_row_once_up_to_all(source: str, target: str) -> None:
    seen: list[tuple[str, int, int]] = []
    copied = copy_database(source, target, lambda *one: seen.append(one))
    total = sum(one.rows for one in copied.tables)
    for doing in ("copying", "comparing"):
        counts = [done for what, done, _ in seen if what == doing]
        assert counts == sorted(counts)
        assert counts[-1] == total
    assert {of for _, _, of in seen} == {total}


def test_a_plan_counts_the_rows_and_creates_nothing(source: str, tmp_path: Path) -> None:
    _, target, rows = plan_copy(source, f"sqlite:///{tmp_path}/none.db")
    assert rows == {name: len(found) for name, found in read(source).items()}
    assert target == f"sqlite:///{tmp_path}/none.db"
    assert not (tmp_path / "none.db").exists()


def test_a_source_without_an_archive_is_no_source(new_url: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        copy_database(f"sqlite:///{tmp_path}/none.db", new_url, ignore)
    run(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(ArchiveMissing, match="no archive"):
        copy_database(f"sqlite:///{tmp_path}/empty.db", new_url, ignore)
    assert not db.exists(new_url)


def test_neither_side_may_be_from_before_the_first_release(source: str, new_url: str, tmp_path: Path) -> None:
    make_unreleased(new_url)
    for sides in ((source, new_url), (new_url, f"sqlite:///{tmp_path}/new.db")):
        with pytest.raises(DatabaseError, match="db upgrade"):
            copy_database(*sides, ignore)


@pytest.mark.postgres
def test_one_server_is_copied_to_another(source: str, two_postgres_urls: tuple[str, str]) -> None:
    first, second = two_postgres_urls
    copy_database(source, first, ignore)
    copied = copy_database(first, second, ignore)
    assert read(second) == read(first) == read(source)
    assert copied.target.endswith("/archive_second")
    with pytest.raises(ArchiveGuard, match="the target holds the archive"):
        copy_database(first, first, ignore)
