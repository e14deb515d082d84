"""The index of the papers of authors, which a load of very many papers builds at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import author_index, paper_store
from syncd.archive.sql.author_index import restore_index
from tests.support.stored_mailings import current_paper

if TYPE_CHECKING:
    from syncd.archive.sql.database import Database
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)
NAME = "ix_paper_author_author_id"
CURRENT = [current_paper(f"2104.{number:05}") for number in range(1, 4)]


def has_index(database: Database) -> bool:
    with database.read() as connection:
        return NAME in {one["name"] for one in sa.inspect(connection).get_indexes("paper_author")}


@pytest.mark.parametrize("ends_early", [False, True])
def test_a_large_load_goes_without_the_index_on_sqlite_and_ends_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, ends_early: bool
) -> None:
    monkeypatch.setattr(author_index, "_MANY", 3)
    monkeypatch.setattr(paper_store, "_PAPERS_PER_PAGE", 2)
    monkeypatch.setattr(paper_store, "_PAPERS_PER_WRITE", 2)
    steps = store.put_sorted_records(CURRENT, 3)
    next(steps)
    assert has_index(store.database) == (store.database.file is None)
    if ends_early:
        steps.close()
    else:
        assert list(steps) == [3]
    assert has_index(store.database)
    assert list(store.papers()) == CURRENT[: 2 if ends_early else 3]


def test_a_load_that_is_small_or_small_beside_what_is_held_keeps_the_index(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = store.put_sorted_records(CURRENT, 3)
    next(steps)
    assert has_index(store.database)
    list(steps)
    monkeypatch.setattr(author_index, "_MANY", 1)
    steps = store.put_sorted_records(CURRENT[:1], 1)
    next(steps)
    assert has_index(store.database)


def test_an_index_that_a_killed_load_left_unbuilt_is_built_once(store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text(f"DROP INDEX {NAME}"))
    store.restore_author_index()
    assert has_index(store.database) == (store.database.file is not None)
    restore_index(store.database)
