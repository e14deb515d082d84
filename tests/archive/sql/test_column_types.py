"""The types of columns that both databases must store in the same way."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from syncd.archive.sql.column_types import Unsigned64
from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger_tables import POOL
from syncd.archive.sql.service_tables import REPLICA, REPLICA_FILE
from syncd.archive.sql.tables import PAPER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)
DAY = date(2021, 4, 7)
NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url, create=True)
    yield database
    database.close()


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-4)), timezone(timedelta(hours=5, minutes=30))])
def test_a_time_comes_back_as_the_same_moment_in_utc(database: Database, zone: timezone) -> None:
    moment = datetime(2021, 4, 6, 20, 0, 0, 123456, tzinfo=zone)
    with database.write() as connection:
        connection.execute(sa.insert(POOL), {"name": "api", "next_allowed": moment})
    with database.read() as connection:
        held = connection.scalars(sa.select(POOL.c.next_allowed)).one()
    assert (held, held.tzinfo) == (moment, UTC)


def test_a_time_to_the_second_loses_its_fraction_on_both_databases(database: Database) -> None:
    moment = datetime(2021, 4, 6, 20, 0, 7, 987654, tzinfo=UTC)
    with database.write() as connection:
        connection.execute(sa.insert(PAPER), {"id": "2104.00001", "source": "oai", "seen": moment})
    with database.read() as connection:
        assert connection.scalars(sa.select(PAPER.c.seen)).one() == moment.replace(microsecond=0)


def test_times_of_different_zones_are_ordered_as_moments(database: Database) -> None:
    early = datetime(2021, 4, 7, 2, 0, tzinfo=timezone(timedelta(hours=4)))
    late = datetime(2021, 4, 6, 23, 0, tzinfo=UTC)
    with database.write() as connection:
        rows = [{"name": "late", "next_allowed": late}, {"name": "early", "next_allowed": early}]
        connection.execute(sa.insert(POOL), rows)
    with database.read() as connection:
        assert list(connection.scalars(sa.select(POOL.c.name).order_by(POOL.c.next_allowed))) == ["early", "late"]


def test_a_time_without_zone_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="without a time zone"), database.write() as connection:
        connection.execute(sa.insert(POOL), {"name": "api", "next_allowed": naive})


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_every_inode_number_fits_a_signed_column_and_comes_back(number: int) -> None:
    dialect = sa.create_engine("sqlite://").dialect
    kept = Unsigned64().process_bind_param(number, dialect)
    assert kept is not None
    assert -(2**63) <= kept < 2**63
    assert Unsigned64().process_result_value(kept, dialect) == number


def test_the_largest_inode_number_comes_back_from_the_database(database: Database) -> None:
    stat = {"size": 1, "mtime_ns": -1, "ctime_ns": 2**62, "inode": 2**64 - 1, "checked": NOW}
    with database.write() as connection:
        connection.execute(sa.insert(REPLICA), {"id": "r", "host": "h", "root": "/a", "created": NOW})
        connection.execute(sa.insert(REPLICA_FILE), {"replica": "r", "day": DAY, "agreed": None} | stat)
    with database.read() as connection:
        assert connection.scalars(sa.select(REPLICA_FILE.c.inode)).one() == 2**64 - 1


@pytest.mark.postgres
def test_ids_are_sorted_by_byte_whatever_the_collation_of_the_server(postgres_url: str) -> None:
    columns = sa.text("SELECT DISTINCT collation_name FROM information_schema.columns WHERE column_name = 'paper_id'")
    with closing(open_database(postgres_url, create=True)) as database, database.read() as connection:
        assert list(connection.scalars(columns)) == ["C"]


@pytest.mark.parametrize(
    ("number", "stored"),
    [(0, 0), (2**63 - 1, 2**63 - 1), (2**63, -(2**63)), (2**64 - 1, -1)],
)
def test_the_top_bit_of_a_number_is_its_sign_in_the_column(number: int, stored: int) -> None:
    dialect = sa.create_engine("sqlite://").dialect
    assert Unsigned64().process_bind_param(number, dialect) == stored
    assert Unsigned64().process_result_value(stored, dialect) == number
