"""Agreements of files and rows, folder by folder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.archive.sql.replicas import Agreement
from syncd.archive.sql.store import Store
from syncd.core.errors import DatabaseError
from tests.support.stored_mailings import NOW, STAT, THURSDAY, WEDNESDAY, sha

pytest_plugins = ("tests.support.postgres_server",)


def test_an_agreement_belongs_to_its_folder(store: Store) -> None:
    other = Store(store.database, "replica-b")
    other.put_replica("host", "/srv/other", NOW)
    store.record_agreement(WEDNESDAY, sha("a"), STAT, NOW)
    other.record_agreements([Agreement(WEDNESDAY, sha("b"), STAT, NOW), Agreement(THURSDAY, sha("c"), STAT, NOW)])
    assert store.list_agreed_hashes() == {WEDNESDAY: sha("a")}
    assert other.list_agreed_hashes(THURSDAY, THURSDAY) == {THURSDAY: sha("c")}
    assert store.list_file_stats() == {WEDNESDAY: (STAT, NOW)}


def test_a_later_agreement_replaces_the_earlier(store: Store) -> None:
    store.record_agreement(WEDNESDAY, sha("a"), STAT, NOW)
    newer = STAT._replace(size=1, inode=7)
    store.record_agreement(WEDNESDAY, sha("b"), newer, NOW + timedelta(days=1))
    assert store.list_agreed_hashes() == {WEDNESDAY: sha("b")}
    assert store.list_file_stats() == {WEDNESDAY: (newer, NOW + timedelta(days=1))}


def test_a_folder_that_was_never_registered_has_no_agreement(store: Store) -> None:
    with pytest.raises(DatabaseError, match="constraint"):
        Store(store.database, "unknown").record_agreement(WEDNESDAY, sha("a"), STAT, NOW)
