"""Sizes and counts of an archive for a monitoring system, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import measurements
from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger_tables import REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)
NOW = datetime(2026, 7, 13, tzinfo=UTC)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(open_database(url, create=True)) as opened:
        yield opened


def test_requests_are_counted_by_host_and_status(database: Database) -> None:
    row = {"started": NOW, "pool": "pages", "url": "u", "pid": 1}
    hosts = [("a", 200), ("a", 200), ("a", 503), ("b", None)]
    with database.write() as connection:
        connection.execute(sa.insert(REQUEST), [row | {"host": host, "status": status} for host, status in hosts])
    assert measurements.count_requests(database) == {("a", "200"): 2, ("a", "503"): 1, ("b", "none"): 1}


def test_an_empty_archive_has_a_database_and_no_digests(database: Database) -> None:
    assert measurements.database_bytes(database) > 10_000
    assert measurements.folder_bytes(database, "none") == 0


def test_a_database_in_memory_has_no_size() -> None:
    with closing(open_database("sqlite://", create=True)) as opened:
        assert measurements.database_bytes(opened) == 0
