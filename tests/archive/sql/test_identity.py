"""What the archive is, and how much it holds."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from syncd.archive.sql.database import open_database
from syncd.archive.sql.identity import Counts
from syncd.archive.sql.store import Store
from syncd.core.errors import ArchiveMissing, DatabaseError
from syncd.core.model import Certainty
from tests.support.stored_mailings import (
    IDENTITY,
    THURSDAY,
    WEDNESDAY,
    current_paper,
    finding,
    statements,
    two_papers,
    without_begin,
)

pytest_plugins = ("tests.support.postgres_server",)


def test_the_identity_is_read_back_by_every_folder(url: str) -> None:
    with closing(open_database(url, create=True)) as database:
        store = Store(database, "replica-a")
        assert store.identity() is None
        store.create_identity(IDENTITY)
        assert store.identity() == IDENTITY
        assert Store(database, "replica-b").identity() == IDENTITY


def test_the_identity_is_recorded_once(store: Store) -> None:
    with pytest.raises(DatabaseError, match="constraint"):
        store.create_identity(replace(IDENTITY, uuid="another"))
    assert Store(store.database, "r").identity() == IDENTITY


def test_digests_of_a_database_without_archive_are_refused(url: str) -> None:
    with closing(open_database(url, create=True)) as database:
        with pytest.raises(ArchiveMissing):
            Store(database, "replica-a").digest(WEDNESDAY)
        assert Store(database, "replica-a").counts() == Counts(0, 0, 0, 0, 0, {})


def test_counts_are_of_what_is_held_in_one_statement(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    store.put_finding(finding(THURSDAY))
    store.put_records([current_paper("2104.00102", versions=2)])
    with statements(store) as sent:
        assert store.counts() == Counts(
            mailings=1, entries=3, findings=1, papers=1, versions=2, placed={Certainty.LISTED: 3}
        )
    assert len(without_begin(sent)) == 1
