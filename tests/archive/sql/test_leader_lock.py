"""The locks that say which host leads, and whose turn is the one under way."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql import database, leader_lock
from syncd.archive.sql.database import open_database
from syncd.archive.sql.leader_lock import LeaderLock
from syncd.core.errors import DatabaseError, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)


@pytest.fixture
def pair(url: str) -> Iterator[tuple[Database, Database]]:
    """The same database, as two hosts open it."""
    with closing(open_database(url, create=True)) as one, closing(open_database(url, create=False)) as other:
        yield one, other


@pytest.mark.postgres
def test_one_leads_and_another_takes_over_when_it_is_gone(postgres_url: str) -> None:
    first, second = LeaderLock(postgres_url), LeaderLock(postgres_url)
    assert first.hold()
    assert first.hold()
    assert not second.hold()
    first.release()
    assert second.hold()
    assert not first.hold()
    first.close()
    second.close()


@pytest.mark.postgres
def test_a_leader_whose_session_is_cut_loses_the_lock_and_knows(postgres_url: str) -> None:
    import psycopg

    first, second = LeaderLock(postgres_url), LeaderLock(postgres_url)
    assert first.hold()
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as session:
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    with closing(database.open_database(postgres_url, create=False)) as opened:
        assert not leader_lock.is_led(opened)
        with pytest.raises(DatabaseError):
            first.hold()
        assert second.hold()
        assert leader_lock.is_led(opened)
    assert not first.hold()
    first.close()
    second.close()


def test_one_turn_is_under_way_over_all_hosts(pair: tuple[Database, Database]) -> None:
    one, other = pair
    with leader_lock.sole_turn(one) as is_current:
        assert is_current is not None
        assert is_current()
        with leader_lock.sole_turn(other) as another:
            assert another is None
    with leader_lock.sole_turn(other) as is_current:
        assert is_current is not None


@pytest.mark.postgres
def test_a_turn_whose_session_is_cut_knows_that_it_is_no_longer_the_one(postgres_url: str) -> None:
    import psycopg

    opened = open_database(postgres_url, create=True)
    with leader_lock.sole_turn(opened) as is_current:
        assert is_current is not None
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as session:
            session.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        assert (is_current(), is_current()) == (False, False)
        with leader_lock.sole_turn(opened) as another:
            assert another is not None
    opened.close()


def test_a_turn_that_cannot_be_locked_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/a.db", create=True)
    (tmp_path / "a.db.turn").mkdir()
    with pytest.raises(FolderError), leader_lock.sole_turn(opened):
        pass
    opened.close()


def test_the_one_host_of_an_embedded_database_always_leads(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path}/a.db", create=True)) as opened:
        assert leader_lock.is_led(opened)


@pytest.mark.postgres
def test_a_leader_that_says_nothing_for_too_long_loses_the_lead_and_its_turn(postgres_url: str) -> None:
    frozen, patient, other = (LeaderLock(postgres_url, patience) for patience in (600, 600, 0))
    with (
        closing(database.open_database(postgres_url, create=False)) as opened,
        leader_lock.sole_turn(opened) as is_current,
    ):
        assert is_current is not None
        assert frozen.hold()
        assert not patient.hold()
        assert other.hold() or other.hold()  # the server ends a session a moment after it was asked to
        assert not is_current()
        with pytest.raises(DatabaseError):
            frozen.hold()
        assert not frozen.hold()
    for lock in (frozen, patient, other):
        lock.close()


@pytest.mark.postgres
def test_a_leader_that_speaks_keeps_the_lead(postgres_url: str) -> None:
    leader, other = LeaderLock(postgres_url), LeaderLock(postgres_url, 3600)
    assert leader.hold()
    leader.touch()
    assert not other.hold()
    assert leader.hold()
    leader.close()
    leader.touch()
    other.close()
