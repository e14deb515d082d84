"""The store: pages, transactions, and the errors of the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import mailings, paper_store
from syncd.archive.sql import store as stored
from syncd.archive.sql.harvests import Harvest
from syncd.core.errors import DatabaseError
from tests.support.stored_mailings import (
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    current_paper,
    statements,
    two_papers,
    without_begin,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.archive.sql.papers import Current
    from syncd.archive.sql.store import Store
    from syncd.core.model import Digest, Mailing

pytest_plugins = ("tests.support.postgres_server",)


def test_a_day_that_is_not_held_is_none(store: Store) -> None:
    assert store.mailing(WEDNESDAY) is None
    assert store.digest(WEDNESDAY) is None
    assert store.finding(WEDNESDAY) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda mailing, digest: (replace(mailing, day=THURSDAY), digest),
        lambda mailing, digest: (replace(mailing, tail=1), digest),
        lambda mailing, digest: (replace(mailing, papers=4, new=None), digest),
        lambda mailing, digest: (mailing, replace(digest, category="cs.LG")),
    ],
    ids=["day", "tail", "papers", "category"],
)
def test_a_record_that_does_not_fit_its_digest_is_a_bug(
    store: Store, spoil: Callable[[Mailing, Digest], MailingRecord]
) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        store.put_mailing(*spoil(*two_papers(WEDNESDAY, 1)))
    assert store.counts().mailings == 0


def many(count: int) -> list[MailingRecord]:
    return [two_papers(TUESDAY + timedelta(days=number), number) for number in range(count)]


def test_many_mailings_take_a_few_statements_for_each_page(store: Store) -> None:
    records = many(60)
    is_file = store.database.file is not None
    texts, entries = (
        ("INSERT INTO paper_text", "INSERT INTO entry")
        if is_file
        else ("COPY paper_text (paper_id,", "COPY entry (id,")
    )
    with statements(store) as sent:
        store.put_mailings(iter(records))
    assert without_begin(sent)[1:] == [
        *[
            *(["SELECT pg_advisory_xact_lock(%(pg_advisory_xact_lock_2)s::BIGINT) AS"] * (not is_file)),
            "SELECT paper_text.paper_id, paper_text.number,",
            "SELECT paper.id, paper.text_number,",
            texts,
            "SELECT paper.id, paper.text_number,",
            "INSERT INTO mailing",
            "SELECT held.id FROM",
            "DELETE FROM entry",
            "INSERT INTO paper",
            *("SELECT paper.id, paper.text_number,", "SELECT paper_text.paper_id, paper_text.number,"),
            *("SELECT version.paper_id, version.number,", "SELECT paper_author.paper_id, paper_author.position,"),
            *("SELECT paper_category.paper_id, paper_category.category,", "SELECT sighting.paper_id, sighting.source,"),
            "UPDATE paper SET",
            *(entries, "INSERT INTO syncd_history"),
        ]
        * 2,
        "INSERT INTO syncd_search",
        *(["SELECT gin_clean_pending_list('ix_syncd_search_words')"] * (not is_file)),
    ]
    assert list(store.digests()) == [digest for _, digest in records]


def test_reading_many_digests_takes_one_statement_for_each_page(store: Store) -> None:
    store.put_mailings(many(120))
    with statements(store) as sent:
        assert sum(1 for _ in store.digests()) == 120
    assert len(without_begin(sent)) == 2 + 3


def test_digests_may_be_written_while_they_are_read(store: Store) -> None:
    store.put_mailings(many(120))
    for number, digest in enumerate(store.digests()):
        if number % 40 == 0:
            store.put_mailing(*two_papers(digest.day, 900))
    assert store.counts().mailings == 120


def test_reading_digests_holds_a_page_of_them_and_no_connection(store: Store) -> None:
    store.put_mailings(many(120))
    digests = store.digests()
    assert len(list(islice(digests, 10))) == 10
    pool = store.database.engine.pool
    assert isinstance(pool, sa.pool.QueuePool)
    assert pool.checkedout() == 0


def test_papers_are_read_a_page_at_a_time_in_the_order_of_their_ids(store: Store) -> None:
    ids = [f"2104.{number:05}" for number in range(1, 2101)]
    store.put_records(current_paper(one, versions=2) for one in [*reversed(ids), "cs/0401001"])
    with statements(store) as sent:
        read = list(store.papers())
    assert [one.record.id for one in read] == [*ids, "cs/0401001"]
    assert all(len(one.record.versions) == 2 for one in read)
    assert len(without_begin(sent)) == 3 * 3 + 1


def test_a_harvest_commits_with_its_records_or_not_at_all(store: Store) -> None:
    progress = Harvest("oai:cs:cs:CV", TUESDAY, None, "token-2", TUESDAY, 1, 2, NOW, done=False)

    def interrupted() -> Iterator[Current]:
        yield current_paper("2104.00103")
        raise KeyboardInterrupt

    store.put_records([current_paper("2104.00101"), current_paper("2104.00102")], progress)
    with pytest.raises(KeyboardInterrupt):
        store.put_records(interrupted(), replace(progress, token="token-3", pages=2))
    assert store.harvest("oai:cs:cs:CV") == progress
    assert store.harvest("oai:math") is None
    assert [one.record.id for one in store.papers()] == ["2104.00101", "2104.00102"]


def test_very_many_records_are_kept_in_transactions_of_limited_size_and_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> Iterator[Current]:
        yield from made[:6]
        raise KeyboardInterrupt

    made = [current_paper(f"2104.{number:05}") for number in range(1, 10)]
    monkeypatch.setattr(paper_store, "_PAPERS_PER_PAGE", 2)
    monkeypatch.setattr(paper_store, "_PAPERS_PER_WRITE", 4)
    with pytest.raises(KeyboardInterrupt):
        list(store.put_sorted_records(interrupted(), 9))
    assert [one.record.id for one in store.papers()] == [one.record.id for one in made[:4]]
    assert list(store.put_sorted_records(made, 9)) == [4, 8, 9]
    assert list(store.papers()) == made
    monkeypatch.setattr(paper_store, "_LONGEST_WRITE", 0.0)
    assert list(store.put_sorted_records(made, 9)) == [2, 4, 6, 8, 9]


def test_an_error_of_the_database_is_a_database_error(store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE syncd_finding RENAME TO gone"))
    with pytest.raises(DatabaseError, match="finding"):
        store.findings()


def test_mailings_are_written_by_fifty_in_transactions_of_two_hundred(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "_PAGE", 5)
    monkeypatch.setattr(stored, "_DAYS_PER_WRITE", 20)
    with statements(store) as sent:
        store.put_mailings(many(26))
    assert sent.count("INSERT INTO mailing") == 4 + 2
    assert sent.count("INSERT INTO syncd_search") == 2
