"""The order of commits, on both databases: only added to, by date among the mailings that come together."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.commit_order import CommitOrder
from syncd.archive.sql.daemon_tables import PUBLISHED
from syncd.archive.sql.database import open_database
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.store import Store
from syncd.core.errors import DatabaseError
from tests.support.stored_mailings import IDENTITY, THURSDAY, TUESDAY, WEDNESDAY, two_papers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, create=True)
    Store(opened, "").create_identity(Identity(*(IDENTITY.uuid, IDENTITY.category, IDENTITY.created)))
    yield opened
    opened.close()


def put(database: Database, day: date, *, sha256: str = "") -> None:
    mailing, digest = two_papers(day, day.day)
    Store(database, "").put_mailing(replace(mailing, sha256=sha256 or mailing.sha256), digest)


def order(database: Database) -> list[date]:
    entries = CommitOrder(database).list_entries()
    return sorted(entries, key=lambda day: entries[day].ordinal)


def test_what_comes_together_is_ordered_by_date_and_stands_behind_what_came_before(database: Database) -> None:
    put(database, THURSDAY)
    put(database, TUESDAY)
    assert CommitOrder(database).extend() == 2
    put(database, WEDNESDAY)
    assert [CommitOrder(database).extend(), CommitOrder(database).extend()] == [1, 0]
    assert order(database) == [TUESDAY, THURSDAY, WEDNESDAY]
    assert sorted(entry.ordinal for entry in CommitOrder(database).list_entries().values()) == [1, 2, 3]


def test_other_bytes_get_another_entry_even_if_they_had_one_before(database: Database) -> None:
    for sha256 in ("a" * 64, "b" * 64, "a" * 64):
        put(database, TUESDAY, sha256=sha256)
        put(database, WEDNESDAY)
        CommitOrder(database).extend()
    entry = CommitOrder(database).list_entries()[TUESDAY]
    assert (entry.ordinal, entry.sha256, order(database)) == (4, "a" * 64, [WEDNESDAY, TUESDAY])


def test_nothing_is_added_while_another_host_adds(database: Database, url: str) -> None:
    put(database, TUESDAY)
    with closing(open_database(url, create=False, busy=timedelta(milliseconds=50))) as other:
        with database.write() as connection:
            row = {"ordinal": 7, "day": WEDNESDAY, "sha256": "a" * 64}
            connection.execute(sa.insert(PUBLISHED), row)
            with pytest.raises(DatabaseError):
                CommitOrder(other).extend()
        assert CommitOrder(other).extend() == 1
    assert CommitOrder(database).list_entries()[TUESDAY].ordinal == 8
