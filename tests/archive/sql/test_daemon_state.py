"""The common memory of all hosts, on both databases: nothing is told twice, whoever writes at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql import leader_lock
from syncd.archive.sql.daemon_state import Notice, Shared
from syncd.archive.sql.database import open_database
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.replicas import Keeper
from syncd.archive.sql.store import Store
from syncd.core.errors import FolderError
from syncd.core.health import Trouble
from tests.archive.sql.test_store import IDENTITY, THURSDAY, TUESDAY, WEDNESDAY, finding, two_papers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.archive.sql.database import Database

pytest_plugins = ("tests.support.postgres_server",)
MISSED, STOPPED = Trouble("mailing-missed", "2021-04-07", "m", "syncd sync"), Trouble("stopped", "a.example", "403")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, create=True)
    Store(opened, "").create_identity(Identity(*(IDENTITY.uuid, IDENTITY.category, IDENTITY.created)))
    yield opened
    opened.close()


@pytest.fixture
def other(database: Database, url: str) -> Iterator[Database]:
    """The same database, as another host opens it."""
    opened = open_database(url, create=False)
    yield opened
    opened.close()


def events(shared: Shared) -> list[str]:
    return [f"{one.event} {one.trouble.key}" for one in shared.notices()]


def test_what_was_done_last_is_what_any_host_kept_last(database: Database, other: Database) -> None:
    assert Shared(database).content() is None
    Shared(database).keep("one")
    Shared(other).keep("two")
    assert Shared(database).content() == "two"


def test_a_trouble_is_news_once_and_so_is_its_end_however_many_hosts_say_so(
    database: Database, other: Database
) -> None:
    one, two = Shared(database), Shared(other)
    assert one.change([MISSED, STOPPED], []) == ((MISSED, STOPPED), ())
    assert two.change([MISSED], []) == ((), ())
    assert two.told() == (MISSED, STOPPED)
    assert two.change([], [MISSED]) == ((), (MISSED,))
    assert one.change([], [MISSED]) == ((), ())
    assert events(one) == [
        "problem mailing-missed 2021-04-07",
        "problem stopped a.example",
        "recovered mailing-missed 2021-04-07",
    ]


def test_what_was_told_is_struck_out_and_the_rest_stays(database: Database) -> None:
    shared = Shared(database)
    shared.change([MISSED, STOPPED], [])
    first, second = shared.notices()
    shared.strike(first)
    shared.strike(first)
    assert shared.notices() == (second,)


def test_a_mailing_is_news_where_a_herald_records_it_first_and_only_then(database: Database, other: Database) -> None:
    by_hand, daemon, second = (
        Store(database, "a"),
        Store(database, "a", announces=True),
        Store(other, "b", announces=True),
    )
    by_hand.put_mailings([two_papers(TUESDAY, 100)])
    daemon.put_mailings([two_papers(THURSDAY, 300), two_papers(WEDNESDAY, 200), two_papers(TUESDAY, 100)])
    second.put_mailings([two_papers(WEDNESDAY, 200)])
    assert events(Shared(database)) == [f"new {WEDNESDAY}", f"new {THURSDAY}"]
    assert list(by_hand.mailings()) == [TUESDAY, WEDNESDAY, THURSDAY]
    for notice in Shared(database).notices():
        Shared(database).strike(notice)
    daemon.put_mailings([two_papers(WEDNESDAY, 500)])
    assert events(Shared(database)) == []


def test_news_come_by_date_and_before_everything_else(database: Database) -> None:
    shared = Shared(database)
    shared.change([STOPPED], [])
    for day in (THURSDAY, TUESDAY):
        Store(database, "a", announces=True).put_mailings([two_papers(day, day.day * 100)])
    assert events(shared) == [f"new {TUESDAY}", f"new {THURSDAY}", "problem stopped a.example"]


def test_what_one_host_remembered_is_taken_over_once(database: Database) -> None:
    shared = Shared(database)
    assert shared.begin("old", [MISSED], [Notice("problem", STOPPED)])
    assert not shared.begin("older", [STOPPED], [Notice("problem", MISSED)])
    assert (shared.content(), shared.told(), events(shared)) == ("old", (MISSED,), ["problem stopped a.example"])


def test_one_turn_is_under_way_over_all_hosts(database: Database, other: Database) -> None:
    with leader_lock.sole_turn(database) as rules:
        assert rules is not None
        assert rules()
        with leader_lock.sole_turn(other) as another:
            assert another is None
    with leader_lock.sole_turn(other) as rules:
        assert rules is not None


@pytest.mark.postgres
def test_a_turn_whose_session_is_cut_knows_that_it_is_no_longer_the_one(postgres_url: str) -> None:
    import psycopg

    opened = open_database(postgres_url, create=True)
    with leader_lock.sole_turn(opened) as rules:
        assert rules is not None
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as session:
            session.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        assert (rules(), rules()) == (False, False)
        with leader_lock.sole_turn(opened) as another:
            assert another is not None
    opened.close()


def test_a_turn_that_cannot_be_locked_is_the_disk_s_fault(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/a.db", create=True)
    (tmp_path / "a.db.turn").mkdir()
    with pytest.raises(FolderError), leader_lock.sole_turn(opened):
        pass
    opened.close()


def test_who_recorded_a_mailing_first_keeps_what_is_behind_it(database: Database, other: Database) -> None:
    one, two = Store(database, "a"), Store(other, "b")
    one.put_replica("host", "/archive", IDENTITY.created)
    one.put_mailings([two_papers(TUESDAY, 100)])
    two.put_finding(finding(TUESDAY), finding(WEDNESDAY))
    two.put_mailings([two_papers(TUESDAY, 100), two_papers(WEDNESDAY, 200)])
    ours, theirs = Keeper("a", "host", "/archive"), Keeper("b", None, None)
    assert two.list_keepers() == {TUESDAY: (ours, ours), WEDNESDAY: (theirs, theirs)}
    mailing, digest = two_papers(TUESDAY, 100)
    two.put_mailings([(replace(mailing, evidence="read again", recorded=IDENTITY.created + timedelta(days=9)), digest)])
    assert one.list_keepers(TUESDAY, TUESDAY) == {TUESDAY: (ours, theirs)}
