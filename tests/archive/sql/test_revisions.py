"""Later versions and withdrawals of announced papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.sql.revisions import LaterChange
from syncd.core.model import Paper, PaperId
from syncd.core.paper_history import Knowledge
from tests.support.stored_mailings import NOW, THURSDAY, WEDNESDAY, current_paper, two_papers

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)


def test_revisions_and_withdrawals_are_of_announced_papers_by_their_first_mailing(store: Store) -> None:
    store.put_mailings([two_papers(THURSDAY, 2), two_papers(WEDNESDAY, 1)])
    withdrawn = current_paper("2104.00102", versions=2)
    first, second = withdrawn.record.versions
    withdrawn = replace(withdrawn, record=replace(withdrawn.record, versions=(first, replace(second, withdrawn=True))))
    store.put_records(
        [
            current_paper("2104.00101"),
            withdrawn,
            current_paper("2103.09999", versions=3),
            current_paper("2104.00201", versions=2),
            current_paper("2104.77777", versions=2),
        ]
    )
    moment = NOW + timedelta(days=2)
    made = LaterChange(
        PaperId("2104.00102"), WEDNESDAY, "Title of 2104.00102", 2, moment, withdrawn=True, seen=withdrawn.seen
    )
    assert store.list_withdrawals() == (made,)
    assert [(one.id, one.day, one.version, one.withdrawn) for one in store.list_revisions()] == [
        ("2103.09999", WEDNESDAY, 3, False),
        ("2104.00102", WEDNESDAY, 2, True),
        ("2104.00201", THURSDAY, 2, False),
    ]


def test_only_papers_of_which_the_newest_version_was_stated_count_as_asked_about(store: Store) -> None:
    assert store.read_knowledge() == Knowledge(0, 0)
    store.put_mailings([two_papers(THURSDAY, 2), two_papers(WEDNESDAY, 1)])
    announced = store.read_knowledge().announced
    store.put_listed([Paper(PaperId("2104.00101"), "Title", "Abstract", None, ("cs.CV",))], "new", NOW)
    assert store.read_knowledge() == Knowledge(announced, 0)
    shown = current_paper("2104.00102")
    store.put_records([shown])
    assert store.read_knowledge() == Knowledge(announced, 1, shown.seen, shown.seen)
