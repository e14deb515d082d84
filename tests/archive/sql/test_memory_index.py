"""The full-text index of a few entries in memory finds and ranks as that of the archive does."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.memory_index import find_matches
from syncd.archive.sql.store import Store
from tests.support.searched_papers import fill

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "expression", ['"depth"', '("im" * OR "edg" *)', '{title} : "imag" *', '{categories} : "cslg"']
)
def test_all_entries_have_the_same_ranks_as_in_the_archive(tmp_path: Path, expression: str) -> None:
    with closing(open_database(f"sqlite:///{tmp_path / 'archive.db'}", create=True)) as database:
        fill(Store(database, "replica"))
        with database.read() as connection:
            texts = connection.execute(sa.text("SELECT id, abstract, title, categories FROM syncd_entry_text")).all()
            wanted = sa.text("SELECT rowid, rank FROM syncd_search WHERE syncd_search MATCH :expression")
            held = {one: rank for one, rank in connection.execute(wanted, {"expression": expression})}  # noqa: C416  rows are no pairs for mypy
    assert find_matches([tuple(row) for row in texts], expression) == pytest.approx(held)
    assert held
