"""The store of an archive and the politeness ledger, on SQLite or on each of the databases in turn."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.database import Database, open_database
from syncd.archive.sql.ledger import SqlLedger
from syncd.archive.sql.store import Store
from tests.support.empty_database import empty_database
from tests.support.manual_clock import Clock
from tests.support.stored_mailings import IDENTITY, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_database(url, create=True)) as database:
        store = Store(database, "replica-a")
        store.create_identity(IDENTITY)
        store.put_replica("host", "/srv/archive", NOW)
        yield store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "syncd.db").write_bytes(empty_database())
    database = open_database(f"sqlite:///{tmp_path}/syncd.db", create=True)
    yield database
    database.close()


@pytest.fixture
def ledger(database: Database, clock: Clock) -> SqlLedger:
    return SqlLedger(database, clock=clock.now)


@pytest.fixture
def either(url: str) -> Iterator[SqlLedger]:
    """Return a ledger with the real clock, on each of the databases in turn."""
    database = open_database(url, create=True)
    yield SqlLedger(database)
    database.close()
