"""The common state of all hosts, on both databases: nothing is announced twice, whichever hosts write at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.daemon_state import SharedState
from syncd.archive.sql.database import open_database
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.replicas import Keeper
from syncd.archive.sql.store import Store
from syncd.core.troubles import Trouble
from tests.support.stored_mailings import IDENTITY, THURSDAY, TUESDAY, WEDNESDAY, finding, two_papers

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def events(shared: SharedState) -> list[str]:
    return [f"{one.name} {one.trouble.key}" for one in shared.events()]


def test_what_was_done_last_is_what_any_host_saved_last(database: Database, other: Database) -> None:
    assert SharedState(database).content() is None
    SharedState(database).save("one")
    SharedState(other).save("two")
    assert SharedState(database).content() == "two"


def test_a_trouble_is_news_once_and_so_is_its_end_however_many_hosts_say_so(
    database: Database, other: Database
) -> None:
    one, two = SharedState(database), SharedState(other)
    assert one.change([MISSED, STOPPED], []) == ((MISSED, STOPPED), ())
    assert two.change([MISSED], []) == ((), ())
    assert two.announced() == (MISSED, STOPPED)
    assert two.change([], [MISSED]) == ((), (MISSED,))
    assert one.change([], [MISSED]) == ((), ())
    assert events(one) == [
        "problem mailing-missed 2021-04-07",
        "problem stopped a.example",
        "recovered mailing-missed 2021-04-07",
    ]


def test_an_event_whose_hooks_were_run_is_removed_and_the_rest_stays(database: Database) -> None:
    shared = SharedState(database)
    shared.change([MISSED, STOPPED], [])
    first, second = shared.events()
    shared.remove(first)
    shared.remove(first)
    assert shared.events() == (second,)


def test_a_mailing_is_news_only_where_a_daemon_records_it_first(database: Database, other: Database) -> None:
    by_hand, daemon, second = (
        Store(database, "a"),
        Store(database, "a", announces=True),
        Store(other, "b", announces=True),
    )
    by_hand.put_mailings([two_papers(TUESDAY, 100)])
    daemon.put_mailings([two_papers(THURSDAY, 300), two_papers(WEDNESDAY, 200), two_papers(TUESDAY, 100)])
    second.put_mailings([two_papers(WEDNESDAY, 200)])
    assert events(SharedState(database)) == [f"new {WEDNESDAY}", f"new {THURSDAY}"]
    assert list(by_hand.mailings()) == [TUESDAY, WEDNESDAY, THURSDAY]
    for event in SharedState(database).events():
        SharedState(database).remove(event)
    daemon.put_mailings([two_papers(WEDNESDAY, 500)])
    assert events(SharedState(database)) == []


def test_new_mailings_come_by_date_and_before_everything_else(database: Database) -> None:
    shared = SharedState(database)
    shared.change([STOPPED], [])
    for day in (THURSDAY, TUESDAY):
        Store(database, "a", announces=True).put_mailings([two_papers(day, day.day * 100)])
    assert events(shared) == [f"new {TUESDAY}", f"new {THURSDAY}", "problem stopped a.example"]


def test_a_new_mailing_is_compared_with_saved_searches_by_one_host(database: Database, other: Database) -> None:
    Store(database, "a", announces=True).put_mailings([two_papers(TUESDAY, 100)])
    one, two = SharedState(database), SharedState(other)
    (event,) = one.unmatched()
    assert two.unmatched() == (event,)
    match = Trouble("nerf", str(TUESDAY), "radiance")
    assert one.record_matches(event, [match])
    assert not two.record_matches(event, [match])
    assert two.unmatched() == ()
    assert events(two) == [f"new matched {TUESDAY}", f"match nerf {TUESDAY}"]


def test_the_host_that_recorded_a_mailing_first_keeps_its_responses(database: Database, other: Database) -> None:
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
