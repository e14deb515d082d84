"""A database that only is read: it refuses changes, sees those of others, and knows that there were some."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.read_only import read_revision
from syncd.archive.sql.store import Store
from syncd.core.errors import ArchiveMissing, DatabaseError
from tests.support.stored_mailings import IDENTITY, TUESDAY, two_papers

if TYPE_CHECKING:
    from pathlib import Path


pytest_plugins = ("tests.support.postgres_server",)


def test_changes_are_refused_by_the_database_itself(url: str) -> None:
    with closing(open_database(url, create=True, read_only=True)) as database:
        with pytest.raises(DatabaseError, match=r"read-?only"):
            Store(database, "r").create_identity(IDENTITY)
        with pytest.raises(DatabaseError, match=r"read-?only"), database.read() as connection:
            connection.execute(sa.text("CREATE TABLE other (x integer)"))


def test_changes_of_others_are_seen_and_change_the_revision(url: str, tmp_path: Path) -> None:
    with (
        closing(open_database(url, create=True)) as writing,
        closing(open_database(url, create=False, read_only=True)) as reading,
    ):
        store = Store(writing, "r")
        store.create_identity(IDENTITY)
        _age(tmp_path)
        before = read_revision(reading)
        assert before
        assert read_revision(reading) == before
        store.put_mailing(*two_papers(TUESDAY, 1))
        if url.startswith("sqlite"):
            assert read_revision(reading) == ""  # changed this moment: the next change may leave no trace
        _age(tmp_path, 2)
        assert read_revision(reading) not in {"", before}
        assert Store(reading, "r").mailing(TUESDAY) is not None


def test_nothing_is_made_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        open_database(f"sqlite:///{tmp_path / 'none.db'}", create=True, read_only=True)
    assert list(tmp_path.iterdir()) == []


def _age(folder: Path, seconds: int = 1) -> None:
    for file in folder.iterdir():
        os.utime(file, ns=(1_000_000_000 * seconds, 1_000_000_000 * seconds))
