from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa

from syncd.archive.sql import database as db
from syncd.archive.sql import schema_revision
from syncd.archive.sql.entry_ids import make_entry_id
from syncd.archive.sql.full_text import is_part_of_index
from syncd.archive.sql.ledger_tables import POOL
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.statements import upsert
from syncd.archive.sql.tables import MAILING
from syncd.core.errors import ArchiveMissing, ConfigError, DatabaseError
from syncd.report.error_messages import explain
from tests.support.other_writer import another_process_writing
from tests.support.schema_versions import downgrade, find_newest_migration

pytest_plugins = ("tests.support.postgres_server",)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
API_POOL = {"name": "api", "next_allowed": NOW}


def put_pool(database: db.Database, **changes: object) -> None:
    with database.write() as connection:
        connection.execute(upsert(connection, POOL), API_POOL | changes)


def pools(database: db.Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(sa.select(POOL.c.name)))


def set_revision(url: str, revision: str) -> None:
    with closing(db.open_database(url, create=False)) as database, database.write() as connection:
        connection.execute(sa.text("UPDATE syncd_schema SET version_num = :new"), {"new": revision})


def shape(engine: sa.Engine) -> dict[str, Any]:
    looked = sa.inspect(engine)
    skip = schema_revision.VERSION_TABLE
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"])
                for c in looked.get_columns(table)
                if not is_part_of_index(c["name"])
            ],
            "key": looked.get_pk_constraint(table),
            "foreign": looked.get_foreign_keys(table),
            "unique": sorted(map(str, looked.get_unique_constraints(table))),
            "checks": sorted((c["name"] or "", c["sqltext"]) for c in looked.get_check_constraints(table)),
            "indexes": sorted(str(one) for one in looked.get_indexes(table) if not is_part_of_index(one["name"])),
        }
        for table in looked.get_table_names()
        if table != skip and not is_part_of_index(table)
    }


# Schema


def test_the_constant_is_the_newest_migration() -> None:
    assert find_newest_migration() == schema_revision.HEAD


def test_models_and_migrations_are_equal(new_url: str) -> None:
    db.upgrade(new_url)
    assert db.compare_schema(new_url) == ()


def test_models_and_migrations_are_equal_down_to_every_constraint(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database:
        migrated = shape(database.engine)
        with database.write() as connection:
            for view in sa.inspect(connection).get_view_names():
                connection.execute(sa.text(f"DROP VIEW {view}"))
            METADATA.drop_all(connection)
            METADATA.create_all(connection)
        assert shape(database.engine) == migrated


def test_a_table_that_differs_is_named(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database, database.write() as connection:
        connection.execute(sa.text("ALTER TABLE syncd_pool ADD COLUMN surplus INTEGER"))
    [difference] = db.compare_schema(url)
    assert "surplus" in difference


def test_upgrade_returns_both_revisions_and_is_idempotent(new_url: str) -> None:
    assert db.upgrade(new_url) == (None, schema_revision.HEAD)
    with closing(db.open_database(new_url, create=False)) as database:
        put_pool(database)
        assert db.upgrade(new_url) == (schema_revision.HEAD, schema_revision.HEAD)
        assert pools(database) == ["api"]


def test_downgrading_leaves_no_table_and_upgrading_brings_all_back(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database:
        before = shape(database.engine)
        downgrade(url, "base")
        assert shape(database.engine) == {}
        assert db.get_revision(url) is None
        db.upgrade(url)
        assert shape(database.engine) == before


def test_a_failing_migration_leaves_nothing_behind(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database:
        downgrade(url, "base")
        with database.write() as connection:
            connection.execute(sa.text("CREATE TABLE syncd_request (id INTEGER)"))
        with pytest.raises(DatabaseError, match="already exists"):
            db.upgrade(url)
        assert list(shape(database.engine)) == ["syncd_request"]


def test_opening_an_up_to_date_database_does_not_import_alembic(url: str) -> None:
    script = (
        "import sys; from syncd.archive.sql.database import open_database; open_database(sys.argv[1], create=True).close();"
        "print([name for name in sys.modules if name.startswith('alembic')])"
    )
    done = subprocess.run([sys.executable, "-c", script, url], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


# Opening


def test_a_file_that_may_not_be_written_is_refused_with_the_right_that_is_needed(tmp_path: Path) -> None:
    with closing(db.open_database(f"sqlite:///{tmp_path}/syncd.db", create=True)) as database:
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA query_only = on")
        with (
            pytest.raises(DatabaseError, match="readonly database") as refused,
            database.write() as writer,
        ):
            writer.exec_driver_sql("DELETE FROM syncd_archive")
    assert "the right to write the file and its folder" in refused.value.remedy
    assert explain(refused.value).help == refused.value.remedy


def test_a_database_exists_once_it_was_opened_to_be_created(new_url: str) -> None:
    assert not db.exists(new_url)
    db.open_database(new_url, create=True).close()
    assert db.exists(new_url)
    db.open_database(new_url, create=False).close()


def test_a_missing_database_is_not_created_without_create(new_url: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        db.open_database(new_url, create=False)
    assert list(tmp_path.iterdir()) == []
    assert not db.exists(new_url)


@pytest.mark.parametrize("create", [True, False])
def test_what_refuses_a_missing_database_leaves_nothing_of_it(new_url: str, tmp_path: Path, *, create: bool) -> None:
    def refuse() -> None:
        raise ArchiveMissing("not here", path="")

    with pytest.raises(ArchiveMissing, match="not here"):
        db.open_database(new_url, create=create, on_missing=refuse)
    assert list(tmp_path.iterdir()) == []
    assert not db.exists(new_url)


def test_what_refuses_a_missing_database_leaves_an_empty_file_empty(tmp_path: Path) -> None:
    def refuse() -> None:
        raise ArchiveMissing("not here", path="")

    (tmp_path / "a.db").touch()
    with pytest.raises(ArchiveMissing, match="not here"):
        db.open_database(f"sqlite:///{tmp_path}/a.db", create=True, on_missing=refuse)
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("a.db", 0)]


def test_a_database_with_tables_is_not_missing(url: str) -> None:
    db.open_database(url, create=True, on_missing=lambda: pytest.fail("missing")).close()


def test_an_empty_file_stays_empty_when_nothing_may_be_created(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    file.touch()
    with pytest.raises(ArchiveMissing):
        db.open_database(f"sqlite:///{file}", create=False)
    assert file.read_bytes() == b""


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    file = tmp_path / "var" / "lib" / "archive.db"
    with closing(db.open_database(f"sqlite:///{file}", create=True)) as database:
        assert database.file == file
    assert file.is_file()


def test_a_database_in_memory_works_like_any_other() -> None:
    with closing(db.open_database("sqlite://", create=True)) as database:
        assert database.file is None
        put_pool(database)
        assert pools(database) == ["api"]


def test_a_schema_of_a_newer_syncd_is_refused(url: str) -> None:
    set_revision(url, "9999")
    for refused in (lambda: db.open_database(url, create=True), lambda: db.upgrade(url)):
        with pytest.raises(DatabaseError, match="9999 belongs to a newer syncd"):
            refused()
    assert db.get_revision(url) == "9999"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM syncd_schema",
        "UPDATE syncd_schema SET version_num = '1.5'",
        "UPDATE syncd_schema SET version_num = 'never'",
        "INSERT INTO syncd_schema VALUES ('0002')",
    ],
)
def test_a_revision_that_was_changed_by_hand_is_damage_and_no_missing_or_newer_archive(url: str, change: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    engine.dispose()
    for refused in (lambda: db.open_database(url, create=True), lambda: db.upgrade(url), lambda: db.get_revision(url)):
        with pytest.raises(DatabaseError, match="the table syncd_schema") as caught:
            refused()
        assert caught.value.is_damage


def test_an_older_schema_is_not_changed_by_a_reader(url: str) -> None:
    set_revision(url, "0000")
    with pytest.raises(DatabaseError, match="syncd db upgrade"):
        db.open_database(url, create=False)


@pytest.mark.postgres
def test_an_older_schema_on_a_server_waits_for_the_upgrade_command(postgres_url: str) -> None:
    set_revision(postgres_url, "0000")
    with pytest.raises(DatabaseError, match="syncd db upgrade"):
        db.open_database(postgres_url, create=True)


def test_sqlite_commits_durably_and_holds_foreign_keys(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    db.upgrade(url)
    with closing(db.open_database(url, create=False)) as database, database.read() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas] == ["wal", 2, 1]


# Transactions


def test_a_block_that_raises_leaves_nothing(url: str) -> None:
    def fail(database: db.Database) -> None:
        with database.write() as connection:
            connection.execute(upsert(connection, POOL), API_POOL)
            raise KeyboardInterrupt

    with closing(db.open_database(url, create=True)) as database:
        with pytest.raises(KeyboardInterrupt):
            fail(database)
        assert pools(database) == []


def test_a_reader_does_not_wait_for_another_process_that_writes(url: str) -> None:
    with closing(db.open_database(url, create=True, busy=timedelta(milliseconds=50))) as database:
        put_pool(database)
        with another_process_writing(url):
            assert pools(database) == ["api"]
        assert pools(database) == ["held"]


def test_a_writer_gives_up_after_its_time_limit(url: str) -> None:
    with closing(db.open_database(url, create=True, busy=timedelta(milliseconds=50))) as database:
        put_pool(database)
        with another_process_writing(url), pytest.raises(DatabaseError, match="lock"):
            put_pool(database, next_allowed=NOW + timedelta(seconds=3))
        put_pool(database)
        assert sorted(pools(database)) == ["api", "held"]


def test_a_writing_transaction_excludes_other_writers_from_its_first_read_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    with (
        closing(db.open_database(url, create=True)) as database,
        closing(db.open_database(url, create=False, busy=timedelta(milliseconds=50))) as other,
    ):
        with database.write() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(POOL)) == 0
            with pytest.raises(DatabaseError, match="locked"):
                put_pool(other)
            connection.execute(sa.insert(POOL), API_POOL)
        assert pools(other) == ["api"]


def test_a_writer_waits_for_another_process(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database:
        put_pool(database)
        with another_process_writing(url) as other:
            other.commit()
            put_pool(database)
        assert sorted(pools(database)) == ["api", "held"]


def test_a_writer_killed_in_its_transaction_leaves_nothing_and_blocks_no_one(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database:
        put_pool(database)
        with another_process_writing(url) as other:
            other.kill()
            put_pool(database, next_allowed=NOW + timedelta(seconds=3))
        assert pools(database) == ["api"]


@pytest.mark.postgres
def test_a_dropped_connection_to_a_server_is_opened_again(postgres_url: str) -> None:
    with (
        closing(db.open_database(postgres_url, create=True)) as database,
        closing(db.open_database(postgres_url, create=True)) as other,
    ):
        put_pool(database)
        with other.write() as connection:
            kill = sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
            )
            connection.execute(kill, {"name": database.engine.url.database})
        assert pools(database) == ["api"]


# What goes wrong


def test_a_file_that_is_no_database_is_a_database_error(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("Dear diary, " * 400)
    for create in (False, True):
        with pytest.raises(DatabaseError, match="not a database") as caught:
            db.open_database(f"sqlite:///{file}", create=create)
        assert caught.value.path == f"sqlite:///{file}"


def test_a_damaged_file_is_a_database_error(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    url = f"sqlite:///{file}"
    db.open_database(url, create=True).close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(DatabaseError, match="malformed"), closing(db.open_database(url, create=False)) as database:
        pools(database)


def test_a_folder_that_cannot_be_made_is_a_database_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError):
        db.open_database(f"sqlite:///{tmp_path}/file/a.db", create=True)


@pytest.mark.parametrize(
    ("pragma", "said"), [("query_only = ON", "readonly"), ("max_page_count = 1", "full")], ids=["read-only", "full"]
)
def test_a_full_disk_is_a_database_error(tmp_path: Path, pragma: str, said: str) -> None:
    with closing(db.open_database(f"sqlite:///{tmp_path}/a.db", create=True)) as database:
        with database.read() as connection:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        with pytest.raises(DatabaseError, match=said):
            put_pool(database, name="x" * 100_000)


@pytest.mark.parametrize("options", ["", "?password=hush", "?sslpassword=hush"])
def test_no_message_contains_a_password(options: str) -> None:
    url = f"postgresql://syncd:hush@127.0.0.1:1/archive{options}"
    with pytest.raises(DatabaseError) as caught:
        db.open_database(url, create=False)
    assert "hush" not in caught.value.path + str(caught.value) + repr(caught.value)
    assert caught.value.path.endswith("@127.0.0.1:1/archive")


@pytest.mark.parametrize("url", ["syncd.db", "mysql://u:hush@host/db", "sqlite+aiosqlite:///a.db", "://hush", ""])
def test_an_unusable_url_is_an_error_of_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        db.open_database(url, create=True)
    assert caught.value.key == "database.url"
    assert "hush" not in str(caught.value)


def test_a_missing_driver_is_named_with_the_command_that_installs_it() -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from syncd.archive.sql.database import open_database\n"
        "from syncd.core.errors import ConfigError\n"
        "try: open_database('postgresql://localhost/x', create=False)\n"
        "except ConfigError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "pip install 'syncd[postgres]'" in done.stdout


def test_a_row_that_breaks_a_constraint_is_damage_with_a_way_to_see_it(url: str) -> None:
    broken = {"day": date(2021, 4, 7), "state": "lost"}
    with (
        closing(db.open_database(url, create=True)) as database,
        pytest.raises(DatabaseError, match="check --full") as caught,
        database.write() as connection,
    ):
        connection.execute(sa.insert(MAILING), broken)
    assert (caught.value.is_damage, caught.value.passing) == (True, False)


def test_a_sound_database_finds_no_fault(url: str) -> None:
    with closing(db.open_database(url, create=True)) as database:
        assert database.find_faults() == ()


def test_a_row_that_refers_to_a_missing_row_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(db.open_database(f"sqlite:///{path}", create=True)) as database:
        with closing(sqlite3.connect(path)) as raw, raw:  # foreign keys are off here
            raw.execute("INSERT INTO syncd_replica_file (replica, day) VALUES ('gone', '2021-04-07')")
        (fault,) = database.find_faults()
    assert "replica" in fault.what


def test_entries_without_their_mailing_are_one_fault_of_its_date(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(db.open_database(f"sqlite:///{path}", create=True)) as database:
        with closing(sqlite3.connect(path)) as raw, raw:  # foreign keys are off here
            raw.execute("INSERT INTO paper (id) VALUES ('2104.00001')")
            raw.execute("INSERT INTO paper_text VALUES ('2104.00001', 1, 'A', 'B', NULL, 0, NULL)")
            for number in (1, 2):
                day = f"2021-04-0{number + 6}"
                entry = (make_entry_id(date.fromisoformat(day), 1), day)
                columns = "id, day, number, paper_id, section, version, certainty, text_number, paragraphs"
                values = "?, ?, 1, '2104.00001', 'new', 1, 'listed', 1, 'kept'"
                raw.execute(f"INSERT INTO entry ({columns}) VALUES ({values})", entry)  # noqa: S608  constants
        faults = database.find_faults()
    assert [(fault.day, "1 of its entries" in fault.what) for fault in faults] == [
        (date(2021, 4, 7), True),
        (date(2021, 4, 8), True),
    ]


def test_a_broken_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(db.open_database(f"sqlite:///{path}", create=True)):
        pass
    with closing(sqlite3.connect(path)) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'syncd_request'").fetchone()
    data, start = bytearray(path.read_bytes()), (page - 1) * 8192
    data[start : start + 64] = b"\xff" * 64
    path.write_bytes(data)
    with closing(db.open_database(f"sqlite:///{path}", create=False)) as database:
        assert database.find_faults() != ()


@pytest.mark.root
@pytest.mark.parametrize("is_open", [False, True])
def test_another_user_reads_an_archive_that_only_its_owner_may_write(is_open: bool) -> None:
    # Not in pytest's own folder, which is closed to others; the name must survive being part of an address.
    with TemporaryDirectory(prefix="syncd %20 ") as folder, ExitStack() as held:
        Path(folder).chmod(0o755)
        url = f"sqlite:///{folder}/archive.db"
        owner = db.open_database(url, create=True)
        if is_open:
            held.enter_context(owner.read()).exec_driver_sql("SELECT 1 FROM mailing").all()
        else:
            owner.close()
        os.seteuid(65534)
        try:
            reader = db.open_database(url, create=False)
            with reader.read() as connection:
                assert connection.exec_driver_sql("SELECT count(*) FROM mailing").scalar() == 0
            reader.close()
        finally:
            os.seteuid(0)
        held.close()  # what is in use when a database is closed stays open
        owner.close()


@pytest.mark.parametrize("mask", [0o000, 0o077, 0o277])
def test_a_new_database_and_its_folder_can_be_read_by_others_under_any_umask(tmp_path: Path, mask: int) -> None:
    file, old = tmp_path / "folder" / "syncd.db", os.umask(mask)
    try:
        db.open_database(f"sqlite:///{file}", create=True).close()
    finally:
        os.umask(old)
    assert [f"{path.stat().st_mode & 0o777:o}" for path in (file, file.parent)] == ["644", "755"]


def test_a_database_that_is_read_once_keeps_few_pages(tmp_path: Path) -> None:
    with closing(db.open_database(f"sqlite:///{tmp_path}/a.db", create=True)) as opened:
        opened.shrink_cache()
        with opened.read() as connection:
            assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -2_000
