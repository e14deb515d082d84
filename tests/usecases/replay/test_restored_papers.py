"""Rows about papers that were changed behind syncd's back come back from the vault, and what it cannot give is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.inspect.check import Scope, check
from tests.support.recorded_archive import replay_days

if TYPE_CHECKING:
    from syncd.archive.sql.papers import Current
    from syncd.core.results import Problem
    from tests.support.small_archive import World

CHANGES = {
    "fact": "UPDATE paper SET latest_version = 9 WHERE id = :paper",
    "versions lost": "DELETE FROM version WHERE paper_id = :paper",
    "text": "UPDATE paper_text SET title = 'Planted' WHERE paper_id = :paper "
    "AND number NOT IN (SELECT text_number FROM entry WHERE paper_id = :paper)",
    "author renamed": "UPDATE author SET name = 'Planted' WHERE id = 1",
    "author lost": "DELETE FROM author WHERE id = 1",
    "category lost": "DELETE FROM category WHERE code = 'cs.CV'",
    "text of no paper": "INSERT INTO paper_text (paper_id, number, title, abstract, has_markup) "
    "VALUES ('2104.1', 1, 't', 'a', 0)",
}


def read_papers(here: World) -> list[Current]:
    with here.open() as work:
        return list(work.store.papers())


def change(here: World, statement: str) -> None:
    """Execute SQL as another program does, which knows no foreign keys. `:paper` was revised after its mailing."""
    paper = "SELECT paper_id FROM entry JOIN paper ON paper.id = paper_id WHERE paper.text_number <> entry.text_number"
    with closing(sqlite3.connect(here.folder / "syncd.db")) as raw, raw:
        assert raw.execute(statement, {"paper": raw.execute(paper).fetchone()[0]}).rowcount


def find_problems(here: World) -> list[Problem]:
    with here.open() as work:
        return [one for one in check(work, Scope(full=True)).problems if one.severity == "fault"]


@pytest.mark.parametrize("kind", CHANGES)
def test_rows_about_papers_come_back_from_the_vault(mixed: World, kind: str) -> None:
    before = read_papers(mixed)
    change(mixed, CHANGES[kind])
    (problem,) = find_problems(mixed)
    assert (problem.code, problem.repair) == ("sql-damaged", "syncd replay")
    assert [one.error for one in replay_days(mixed).days if one.error] == []
    assert find_problems(mixed) == []
    assert read_papers(mixed) == before


def test_what_no_kept_response_states_is_unknown_again_and_named(mixed: World) -> None:
    change(
        mixed,
        "INSERT INTO paper (id, source, seen, rows_hash) VALUES ('2104.99999', 'oai', '2026-01-01T00:00:00Z', 5)",
    )
    assert [(one.code, one.day) for one in find_problems(mixed)] == [("sql-damaged", None)]
    (error,) = (one.error for one in replay_days(mixed).days if one.error)
    assert "2104.99999" in str(error)
    assert find_problems(mixed) == []
    with mixed.open() as work:
        assert work.store.harvest("oai cs:cs:CV") is None
