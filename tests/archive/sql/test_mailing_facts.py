"""What became of the papers of a mailing since, and its neighbours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.core.model import PaperId
from syncd.core.paper_history import Deletion, SinceAnnounced
from tests.support.stored_mailings import NOW, THURSDAY, TUESDAY, WEDNESDAY, current_paper, two_papers

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)

REVISED, SAME = "2104.00102", "2104.00101"


def fill(store: Store) -> None:
    for day, block in ((TUESDAY, 1), (THURSDAY, 3)):
        store.put_mailing(*two_papers(day, block))
    store.put_records(
        [current_paper(REVISED, 2, title="Another"), current_paper(SAME, abstract=f"Abstract of {SAME}.")]
    )
    store.put_deletions({PaperId("2103.09999"): NOW}, "oai")


def test_what_sources_showed_later_is_given_for_each_paper(store: Store) -> None:
    fill(store)
    found = store.list_since(TUESDAY)
    revised, same = found[PaperId(REVISED)], found[PaperId(SAME)]
    assert (revised.version, revised.has_other_title, revised.withdrawn) == (2, True, False)
    assert (same.version, same.has_other_title, same.has_other_abstract, same.authors) == (1, False, False, None)
    assert found[PaperId("2103.09999")] == SinceAnnounced(deletion=Deletion("oai", NOW))


def test_the_newest_revised_entries_come_first_up_to_a_day(store: Store) -> None:
    fill(store)
    (one,) = store.list_revised(date.max, 10)
    assert (one.id, one.day, one.title, one.later_title) == (REVISED, TUESDAY, f"Title of {REVISED}", "Another")
    assert store.list_revised(date(2021, 4, 5), 10) == []


def test_neighbours_are_the_mailings_held_before_and_after(store: Store) -> None:
    fill(store)
    assert store.find_neighbours(WEDNESDAY) == (TUESDAY, THURSDAY)
    assert store.find_neighbours(TUESDAY) == (None, THURSDAY)
