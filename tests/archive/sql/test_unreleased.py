"""Databases from before the first release: they are recognised, and carried over without loss."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from syncd.archive.sql import (
    daemon_tables,
    full_text,
    harvest_tables,
    ledger_tables,
    schema_revision,
    search_queries,
    service_tables,
    tables,
)
from syncd.archive.sql import database as db
from syncd.archive.sql.full_text import is_part_of_index
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.store import Store
from syncd.core import digest as digests
from syncd.core.categories import to_canonical_category
from syncd.core.errors import DatabaseError
from syncd.core.model import PaperId
from syncd.core.query import Phrase
from tests.support.unreleased_database import REVISIONS, make_unreleased, read_old_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)
SAME = {
    "archive": service_tables.ARCHIVE,
    "finding": service_tables.FINDING,
    "history": service_tables.HISTORY,
    "accepted": service_tables.ACCEPTED,
    "replica": service_tables.REPLICA,
    "replica_file": service_tables.REPLICA_FILE,
    "pool": ledger_tables.POOL,
    "rest": ledger_tables.REST,
    "request": ledger_tables.REQUEST,
    "harvest": harvest_tables.HARVEST,
}
SINCE_0003 = {
    "memory": daemon_tables.MEMORY,
    "reported_problem": daemon_tables.REPORTED_PROBLEM,
    "note": daemon_tables.EVENT,
    "published": daemon_tables.PUBLISHED,
}


@pytest.fixture(scope="module")
def upgraded(shared_new_url: str) -> Iterator[Database]:
    """Provide a database that was carried over. Tests must leave it as it is."""
    make_unreleased(shared_new_url)
    db.upgrade(shared_new_url)
    with closing(db.open_database(shared_new_url, create=False)) as database:
        yield database


def read(database: Database, table: sa.Table) -> list[dict[str, Any]]:
    """Return the rows as SQLite held them before."""
    with database.read() as connection:
        rows = connection.execute(sa.select(*table.c).order_by(*table.primary_key)).mappings().all()
    return [{name: to_old(value) for name, value in row.items()} for row in rows]


def to_old(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return value - (1 << 64) if isinstance(value, int) and value >= 1 << 63 else value


def by_key(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value).zfill(40) for value in row.values()])


@pytest.mark.parametrize("create", [False, True])
def test_a_database_from_before_the_first_release_is_refused_with_the_command_to_run(
    new_url: str, *, create: bool
) -> None:
    make_unreleased(new_url)
    with pytest.raises(DatabaseError, match=r"before the first release.* run: syncd db upgrade"):
        db.open_database(new_url, create=create)
    assert db.exists(new_url)
    assert db.get_revision(new_url) == "unreleased 0004"


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_old_revision_is_carried_over_to_the_schema_of_this_version(new_url: str, revision: str) -> None:
    make_unreleased(new_url, revision)
    assert db.upgrade(new_url) == (f"unreleased {revision[:4]}", schema_revision.HEAD)
    assert db.compare_schema(new_url) == ()
    old = read_old_rows()
    with closing(db.open_database(new_url, create=False)) as database:
        names = {name for name in sa.inspect(database.engine).get_table_names() if not is_part_of_index(name)}
        assert names == {*METADATA.tables, schema_revision.VERSION_TABLE}
        assert database.find_faults() == ()
        has_shared_state = revision >= "0003"
        for name, table in (SAME | (SINCE_0003 if has_shared_state else {})).items():
            if name == "history" and not has_shared_state:
                old[name] = [row | {"replica": None} for row in old[name]]
            if name in {"note", "told", "reported_problem"}:
                old[name] = [
                    row | {added: None for added in ("since", "number") if added in table.c} for row in old[name]
                ]
            if name == "request":
                old[name] = [row | dict.fromkeys(("machine", "received", "dated")) for row in old[name]]
            assert by_key(read(database, table)) == by_key(old[name]), name
    assert db.upgrade(new_url) == (schema_revision.HEAD, schema_revision.HEAD)


def test_progress_counts_every_old_row_up_to_all(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    make_unreleased(url)
    seen: list[tuple[int, int]] = []
    db.upgrade(url, lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 20


def test_every_digest_has_the_bytes_that_it_had_before(upgraded: Database) -> None:
    store = Store(upgraded, "")
    held = store.mailings()
    assert [sha256(digests.render(one)).hexdigest() for one in store.digests()] == [one.sha256 for one in held.values()]
    old = read_old_rows()["mailing"]
    renamed = [{{"new": "new_submissions", "cross": "cross_lists"}.get(k, k): v for k, v in row.items()} for row in old]
    carried = [{k: v for k, v in row.items() if k != "rows_sha256"} for row in read(upgraded, tables.MAILING)]
    assert carried == by_key(renamed)
    assert all(one.is_as_recorded for one in store.stored_mailings())


def test_every_entry_keeps_its_section_version_and_certainty(upgraded: Database) -> None:
    kept = ("day", "number", "paper_id", "section", "version")
    old = [[*(row[name] for name in kept), row["placed"]] for row in read_old_rows()["entry"]]
    new = [[*(row[name] for name in kept), row["certainty"]] for row in read(upgraded, tables.ENTRY)]
    assert new == sorted(old)


def test_every_paper_keeps_what_sources_stated_and_no_version_that_none_did(upgraded: Database) -> None:
    held = {one.record.id: one for one in Store(upgraded, "").papers()}
    versions = {row["id"]: row["latest_version"] for row in read(upgraded, tables.PAPER)}
    old = read_old_rows()["paper"]
    assert {row["source"] for row in old} == {"oai", "new", "catchup"}
    for row in old:
        one = held[row["id"]]
        assert (one.title, one.abstract, one.source) == (row["title"], row["abstract"], row["source"])
        assert " ".join(one.record.categories) == row["categories"]
        assert one.seen == datetime.fromisoformat(f"{row['seen']}+00:00").replace(microsecond=0)
        assert one.record.datestamp == (row["datestamp"] and date.fromisoformat(row["datestamp"]))
        assert versions[row["id"]] == (row["version"] if row["source"] == "oai" else None)
    assert len(held) == len(old)
    categories = {(row["paper_id"], row["category"]) for row in read(upgraded, tables.PAPER_CATEGORY)}
    assert {(row["id"], to_canonical_category(code)) for row in old for code in row["categories"].split()} == categories


def test_every_version_keeps_its_time_and_its_text(upgraded: Database) -> None:
    store = Store(upgraded, "")
    for row in read_old_rows()["version"]:
        paper = PaperId(row["paper_id"])
        version = next(one for one in store.versions(paper) if one.number == row["number"])
        assert (to_old(version.created), version.withdrawn) == (row["created"], bool(row["withdrawn"]))
        found = store.get_version_texts([paper], row["number"]).get(paper)
        assert (found and found.title) == row["title"]
        assert (found and found.abstract) == (row["title"] and (row["abstract"] or ""))


def test_a_text_that_entry_version_and_paper_share_is_stored_once(upgraded: Database) -> None:
    old = read_old_rows()
    texts = {
        (row.get("paper_id") or row["id"], row["title"], row["abstract"] or "")
        for name in ("entry", "version", "paper")
        for row in old[name]
        if row["title"] is not None
    }
    assert len(read(upgraded, tables.PAPER_TEXT)) == len(texts)


def test_what_was_carried_over_is_found_by_its_words(upgraded: Database) -> None:
    with upgraded.read() as connection:
        assert full_text.count_unindexed(connection) == 0
        assert search_queries.count(connection, Phrase(("blurred", "photographs"))) == 1


def test_new_rows_are_numbered_after_those_that_were_carried_over(new_url: str) -> None:
    make_unreleased(new_url)
    db.upgrade(new_url)
    new = {"day": date(2026, 7, 14), "recorded": datetime.fromisoformat("2026-07-14T00:00Z"), "state": "pending"}
    with closing(db.open_database(new_url, create=False)) as database, database.write() as connection:
        statement = sa.insert(service_tables.HISTORY).returning(service_tables.HISTORY.c.id)
        assert connection.scalar(statement, new | {"source": "new", "evidence": "none"}) == 42


def test_a_failure_leaves_the_old_database_as_it_was(new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(connection: sa.Connection) -> int:
        raise KeyboardInterrupt

    make_unreleased(new_url)
    with monkeypatch.context() as patch:
        patch.setattr(full_text, "rebuild", fail)
        with pytest.raises(KeyboardInterrupt):
            db.upgrade(new_url)
    assert db.get_revision(new_url) == "unreleased 0004"
    assert db.upgrade(new_url) == ("unreleased 0004", schema_revision.HEAD)


def test_the_tables_of_another_program_are_not_taken_for_an_old_database(url: str) -> None:
    with closing(db.open_database(url, create=False)) as database, database.write() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('0004')"))
    assert db.get_revision(url) == schema_revision.HEAD
    assert db.upgrade(url) == (schema_revision.HEAD, schema_revision.HEAD)
