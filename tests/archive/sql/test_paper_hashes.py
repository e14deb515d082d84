"""Each row about a paper counts in its hash, and no write hides that one was changed behind syncd's back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import paper_hashes
from syncd.core.model import Author, Metadata, PaperId
from tests.support.stored_mailings import NOW, WEDNESDAY, current_paper, two_papers

if TYPE_CHECKING:
    from syncd.archive.sql.papers import Current
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)
PAPER = PaperId("2104.00100")
CHANGES = {
    "fact": "UPDATE paper SET comments = 'withdrawn' WHERE id = '2104.00100'",
    "moment": "UPDATE paper SET seen = '2031-01-01T00:00:00Z' WHERE id = '2104.00100'",
    "day": "UPDATE paper SET last_modified = '2031-01-01' WHERE id = '2104.00100'",
    "hash": "UPDATE paper SET rows_hash = NULL WHERE id = '2104.00100'",
    "text": "UPDATE paper_text SET title = 'Another' WHERE paper_id = '2104.00100'",
    "unused text": "INSERT INTO paper_text (paper_id, number, title, abstract, has_markup) "
    "VALUES ('2104.00100', 7, 't', 'a', false)",
    "text of no paper": "INSERT INTO paper_text (paper_id, number, title, abstract, has_markup) "
    "VALUES ('2104.00099', 1, 't', 'a', false)",
    "text of an empty id": "INSERT INTO paper_text (paper_id, number, title, abstract, has_markup) "
    "VALUES ('', 1, 't', 'a', false)",
    "version": "UPDATE version SET withdrawn = true WHERE paper_id = '2104.00100'",
    "version lost": "DELETE FROM version WHERE paper_id = '2104.00100'",
    "author lost": "DELETE FROM paper_author WHERE paper_id = '2104.00100' AND position = 2",
    "category": "UPDATE paper_category SET is_primary = false WHERE paper_id = '2104.00100'",
    "sighting": "INSERT INTO sighting (paper_id, source, seen) VALUES ('2104.00100', 'api', '2026-01-01T00:00:00Z')",
    "deletion": "UPDATE paper SET deleted_source = 'oai', deleted_seen = '2031-01-01T00:00:00Z' WHERE id = '2104.00100'",
    "paper invented": "INSERT INTO paper (id) VALUES ('2104.00101')",
}


def paper() -> Current:
    one = current_paper(PAPER)
    authors = (Author("Ada Byron", "Ada", "Byron"), Author("Charles Babbage"))
    return replace(one, record=replace(one.record, metadata=Metadata(authors=authors, comments="12 pages")))


def change(store: Store, statement: str) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text(statement))


def test_what_syncd_writes_is_as_recorded(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    store.put_records([paper()])
    store.put_records([replace(paper(), source="snapshot", seen=NOW + timedelta(days=2))])
    store.put_mailing(*two_papers(WEDNESDAY, 2))
    assert store.list_odd_papers() == store.list_odd_names() == []


@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_row_is_found_and_a_later_write_does_not_hide_it(store: Store, kind: str) -> None:
    store.put_records([paper()])
    change(store, CHANGES[kind])
    odd = store.list_odd_papers()
    assert len(odd) == 1
    if odd == [PAPER]:
        store.put_records([replace(paper(), seen=NOW + timedelta(days=1))])
        assert store.list_odd_papers() == odd


def test_changed_names_of_authors_and_categories_are_found(store: Store) -> None:
    store.put_records([paper()])
    change(store, "UPDATE author SET forenames = 'A.' WHERE name = 'Ada Byron'")
    change(store, "UPDATE author SET name = 'C. Babbage' WHERE name = 'Charles Babbage'")
    change(store, "UPDATE category SET archive = 'math' WHERE code = 'cs.CV'")
    assert store.list_odd_papers() == []
    assert store.list_odd_names() == ["Ada Byron", "C. Babbage", "cs.CV"]


def test_parts_of_a_name_that_a_later_source_states_are_as_recorded(store: Store) -> None:
    store.put_records([paper()])
    stated = replace(paper().record, metadata=Metadata(authors=(Author("Charles Babbage", "Charles", "Babbage"),)))
    store.put_records([replace(paper(), record=stated, seen=NOW + timedelta(days=1))])
    assert store.list_odd_names() == []


def test_odd_rows_are_forgotten_and_the_texts_of_mailings_stay(store: Store) -> None:
    mailing, digest = two_papers(WEDNESDAY, 1)
    store.put_mailing(mailing, digest)
    announced = digest.entries[0].id
    store.put_records([paper(), current_paper(announced)])
    change(store, "UPDATE paper SET latest_version = 9 WHERE source = 'oai'")
    forgotten = store.forget_odd()
    assert (forgotten.count, forgotten.stated) == (2, tuple(sorted({PAPER, announced})))
    assert store.list_odd_papers() == []
    assert store.list_stated(forgotten.stated) == set()
    assert store.digest(WEDNESDAY) == digest
    assert store.versions(announced) == ()


def test_both_databases_give_the_same_hash(store: Store) -> None:
    store.put_records([paper()])
    with store.database.read() as connection:
        assert connection.scalar(sa.text("SELECT rows_hash FROM paper")) == HASH
        assert paper_hashes.list_odd(connection, "", None) == []


HASH = 2096777918
"""A change of it makes every hash of existing databases wrong."""
