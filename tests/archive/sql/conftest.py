"""The store of an archive on each of the databases in turn."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.database import open_database
from syncd.archive.sql.store import Store
from tests.support.stored_mailings import IDENTITY, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_database(url, create=True)) as database:
        store = Store(database, "replica-a")
        store.create_identity(IDENTITY)
        store.put_replica("host", "/srv/archive", NOW)
        yield store
