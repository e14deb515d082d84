"""Test that a change of any column of a mailing, its entries or their texts is seen, with the same hash on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql import stored_mailings
from syncd.archive.sql.row_hashes import HASHED_OF_ENTRY, HASHED_OF_MAILING, ROWS_HASH
from syncd.archive.sql.tables import ENTRY, MAILING, PAPER_TEXT
from syncd.core.digest import render
from syncd.core.digest.hashing import sha256
from syncd.core.model import Certainty, Digest, Entry, Mailing, PaperId, Section, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.archive.sql.store import Store
    from syncd.archive.sql.stored_mailings import StoredMailing

pytest_plugins = ("tests.support.postgres_server",)
DAY, SATURDAY = date(2021, 4, 7), date(2021, 4, 10)
RECORDED = datetime(2021, 4, 7, 0, 30, 1, 250, UTC)
LINK = '<a class="link-external link-https" href="https://a.org" rel="external noopener nofollow">this https URL</a>'
DIGEST = Digest(
    DAY,
    "cs.CV",
    (
        Entry(PaperId("2104.02702"), "A &lt; B", f"See {LINK}", Section.NEW, 1, Certainty.LISTED),
        Entry(PaperId("2104.02701"), "Plain", "Words.", Section.NEW, None, Certainty.BOUNDED, "lower-ids"),
        Entry(PaperId("2104.00001"), "Crossed", "More words.", Section.CROSS, 2, Certainty.LISTED),
    ),
)
ROW = Mailing(DAY, State.COMPLETE, "new", "heading", None, sha256(render(DIGEST)), 6, 3, 2, 1, RECORDED)
HASH = "356e17a7bf3b15a061042ddd085af21f6b99c566f2f0d7c1b38eba99f8901a5d"
VALUES = {
    "day": SATURDAY,
    "state": "adopted",
    "response": "c" * 64,
    "sha256": "c" * 64,
    "section": "cross",
    "certainty": "assumed",
    "new_submissions": None,
    "cross_lists": None,
    "recorded": RECORDED + timedelta(microseconds=1),
    "paper_id": "2104.09999",
    "id": 1,
    "version": 9,
    "paragraphs": "unknown",
    "has_markup": False,
}
"""Another value that the database accepts. Of other columns it is one more, or the text and a letter."""


def list_changes() -> Iterator[tuple[str, sa.Update | sa.Delete]]:
    """Yield a change of every column of the mailing, of its second entry and of its first text."""
    for column in (*HASHED_OF_MAILING, ROWS_HASH):
        value = "d" * 64 if column is ROWS_HASH else change(column)
        # The constraint of the counts holds where one of them is not known.
        more = {MAILING.c.cross_lists: None} if column is MAILING.c.papers else {}
        yield f"mailing.{column.name}", sa.update(MAILING).values({column: value} | more)
    for column in HASHED_OF_ENTRY:
        yield f"entry.{column.name}", sa.update(ENTRY).where(ENTRY.c.number == 2).values({column: change(column)})
    yield "entry deleted", sa.delete(ENTRY).where(ENTRY.c.number == 3)
    of_first = PAPER_TEXT.c.paper_id == "2104.02702"
    for column in PAPER_TEXT.c:
        yield f"text.{column.name}", sa.update(PAPER_TEXT).where(of_first).values({column: change(column)})
    yield "text deleted", sa.delete(PAPER_TEXT).where(of_first)


def change(column: sa.Column[object]) -> object:
    if column.name in VALUES:
        return VALUES[column.name]
    if column.name.endswith("_html"):
        return "Another text"
    return column + 1 if isinstance(column.type, sa.Integer | sa.BigInteger) else column + "x"


def read(connection: sa.Connection, day: date = DAY) -> StoredMailing:
    (found,) = stored_mailings.read(connection, "cs.CV", day, day)
    return found


def is_seen(found: StoredMailing) -> bool:
    return not found.is_as_recorded or bool(found.odd_texts) or sha256(render(found.digest)) != found.mailing.sha256


def try_change(store: Store, statement: sa.Update | sa.Delete, look: Callable[[sa.Connection], bool]) -> bool:
    """Return what `look` says after the change, which is undone. Foreign keys are off, as a person's tool has them."""
    is_sqlite = store.database.file is not None
    with store.database.engine.connect() as connection:
        if is_sqlite:
            connection.rollback()
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        try:
            connection.execute(statement)
            return look(connection)
        finally:
            connection.rollback()


def test_a_change_of_any_column_is_seen(store: Store) -> None:
    store.put_mailing(ROW, DIGEST)
    with store.database.read() as connection:
        assert not is_seen(read(connection))
    moved = {"mailing.day": SATURDAY}
    unseen = [
        name
        for name, statement in list_changes()
        if not try_change(store, statement, lambda c, n=name: is_seen(read(c, moved.get(n, DAY))))  # type: ignore[misc]
    ]
    assert unseen == []


def test_both_databases_store_the_same_hash(store: Store) -> None:
    store.put_mailing(ROW, DIGEST)
    with store.database.read() as connection:
        assert connection.scalar(sa.select(ROWS_HASH)) == HASH


def test_hashes_can_be_recorded_of_rows_as_they_are(store: Store) -> None:
    store.put_mailing(ROW, DIGEST)
    with store.database.write() as connection:
        connection.execute(sa.update(MAILING).values({ROWS_HASH: "0" * 64}))
        assert not read(connection).is_as_recorded
        stored_mailings.hash_all(connection)
        assert connection.scalar(sa.select(ROWS_HASH)) == HASH


def test_entries_without_a_mailing_are_found_and_removed(store: Store) -> None:
    store.put_mailing(ROW, DIGEST)
    if store.database.file is None:
        return  # a server does not let the mailing go
    orphan = sa.delete(MAILING)
    assert try_change(
        store, orphan, lambda connection: stored_mailings.list_orphaned_days(connection, DAY, DAY) == [DAY]
    )
    store.remove_mailing(DAY)
    assert (store.mailing(DAY), store.list_orphaned_days(), store.count_unindexed()) == (None, [], 0)


def test_a_damaged_text_is_written_anew_in_its_place(store: Store) -> None:
    store.put_mailing(ROW, DIGEST)
    with store.database.read() as connection:
        before = connection.execute(sa.select(*PAPER_TEXT.c).order_by(PAPER_TEXT.c.paper_id)).all()
    for damage in ({"title": "Wrong", "title_html": None}, {"abstract": "Wrong", "abstract_html": f"See {LINK}"}):
        with store.database.write() as connection:
            connection.execute(sa.update(PAPER_TEXT).where(PAPER_TEXT.c.paper_id == "2104.02702").values(damage))
        store.restore_texts([(ROW, DIGEST)])
        with store.database.read() as connection:
            assert connection.execute(sa.select(*PAPER_TEXT.c).order_by(PAPER_TEXT.c.paper_id)).all() == before
