"""Papers that a source said to be deleted at arXiv, until one shows them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.model import Paper, PaperId
from syncd.core.paper_history import Deletion
from tests.support.stored_mailings import NOW, WEDNESDAY, current_paper, two_papers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)
PAPER = PaperId("2104.00102")
DAY = timedelta(days=1)
SHOW: dict[str, Callable[[Store, datetime], None]] = {
    "record": lambda store, seen: store.put_records([replace(current_paper(PAPER), seen=seen)]),
    "listing": lambda store, seen: store.put_listed([Paper(PAPER, "Title", "Text.")], "catchup", seen),
    "sighting alone": lambda store, seen: store.end_deletions([PAPER], seen),
}


def get(store: Store) -> Deletion | None:
    assert store.list_odd_papers() == []
    return store.get_deletions([PAPER]).get(PAPER)


@pytest.mark.parametrize("kind", SHOW)
def test_a_deletion_lasts_until_the_paper_is_seen_again(store: Store, kind: str) -> None:
    store.put_records([current_paper(PAPER)])
    store.put_deletions({PAPER: NOW + 2 * DAY, PaperId("2104.99999"): NOW}, "oai")
    SHOW[kind](store, NOW + DAY)
    assert get(store) == Deletion("oai", NOW + 2 * DAY)
    store.put_deletions({PAPER: NOW + 3 * DAY}, "api")
    assert get(store) == Deletion("api", NOW + 3 * DAY)
    SHOW[kind](store, NOW + 3 * DAY)
    assert get(store) is None
    assert store.paper(PaperId("2104.99999")) is None


def test_a_snapshot_that_is_loaded_later_does_not_end_a_deletion(store: Store) -> None:
    store.put_records([current_paper(PAPER)])
    store.put_deletions({PAPER: NOW + DAY}, "oai")
    store.put_records([replace(current_paper(PAPER), source="snapshot", seen=NOW + 2 * DAY)])
    assert get(store) == Deletion("oai", NOW + DAY)


def test_a_deletion_from_before_the_last_sighting_is_not_kept(store: Store) -> None:
    store.put_records([current_paper(PAPER)])
    store.put_deletions({PAPER: NOW}, "oai")
    assert get(store) is None
    # A later listing does not replace the text of a record, and is a sighting all the same.
    store.put_listed([Paper(PAPER, "Title", "Text.")], "catchup", NOW + 2 * DAY)
    store.put_deletions({PAPER: NOW + DAY}, "oai")
    assert get(store) is None


def test_deleted_papers_that_were_announced_are_listed_with_their_first_title(store: Store) -> None:
    mailing, digest = two_papers(WEDNESDAY, 1)
    announced = digest.entries[0]
    store.put_mailing(mailing, digest)
    store.put_records([current_paper("2104.09999")])
    store.put_deletions({announced.id: NOW + DAY, PaperId("2104.09999"): NOW + DAY}, "oai")
    (found,) = store.list_deleted()
    assert (found.id, found.day, found.title) == (announced.id, WEDNESDAY, announced.title)
    assert found.deletion == Deletion("oai", NOW + DAY)
    assert store.list_odd_papers() == []
