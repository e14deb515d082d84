"""Test that interrupted writes are finished, and that nothing else is touched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from syncd.archive.sql.database import compare_schema
from syncd.core import digest as digests
from syncd.core.model import Finding, State
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.repair_runs import (
    EDITED,
)
from tests.support.row_damage import set_text
from tests.support.sound_archive import DAY, LISTED, PLAIN, Held, Killed, copied, invented, kill_at

if TYPE_CHECKING:
    from pathlib import Path

HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


@pytest.mark.parametrize("step", ["row", "temporary made", "synced", "named", "file"])
def test_an_interrupted_write_is_finished(held: Held, step: str) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    with held.open() as work:
        work.store.put_finding(Finding(day, State.PARTIAL, "catchup", "half a page"))
    with held.open(steps=kill_at(step)) as work, pytest.raises(Killed):
        write_mailing(work, invented(day), HOW)
    with held.open() as work:
        finish_interrupted(work)
        assert work.report(day).state is State.COMPLETE
        assert {one.code for one in check(work, Scope(full=True)).problems} <= {"leftover-temp"}
    assert held.file(day).read_bytes() == digests.render(invented(day))


def test_what_needs_a_person_is_left_alone(held: Held) -> None:
    held.sql("UPDATE syncd_replica_file SET agreed = printf('%064d', 1)")
    held.file(DAY).write_bytes(EDITED)
    held.file(PLAIN).unlink()
    held.file(PLAIN).mkdir()
    held.sql(set_text("title", "'Another Title'", "day = '2021-04-08'"))
    held.file(LISTED).unlink()
    with held.open() as work:
        finish_interrupted(work)
    assert held.file(DAY).read_bytes() == EDITED
    assert held.file(PLAIN).is_dir()
    assert not held.file(LISTED).exists()


def test_three_queries_are_enough_when_nothing_is_unfinished(held: Held) -> None:
    asked: list[str] = []
    with held.open() as work:
        sqlalchemy.event.listen(work.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        finish_interrupted(work)
    assert len([one for one in asked if one.startswith("SELECT")]) == 3


def test_a_recorded_conflict_does_not_hold_up_an_interrupted_write(held: Held) -> None:
    with held.open(steps=kill_at("row")) as work, pytest.raises(Killed):
        write_mailing(work, invented(LISTED, 7, listed=True), HOW)
    with held.open() as work:
        work.store.put_finding(Finding(LISTED, State.CONFLICT, "adopted", "another file was offered"))
        finish_interrupted(work)
        assert held.file(LISTED).read_bytes() == digests.render(invented(LISTED, 7, listed=True))
        assert work.report(LISTED).state is State.CONFLICT


def test_an_interrupted_agreement_is_recorded_without_writing_the_file(held: Held) -> None:
    before = held.file(DAY).stat().st_ino
    held.sql(f"DELETE FROM syncd_replica_file WHERE day = '{DAY}'")  # noqa: S608  a date
    with held.open() as work:
        finish_interrupted(work)
        assert work.store.list_agreed_hashes(DAY, DAY).keys() == {DAY}
    assert held.file(DAY).stat().st_ino == before


def test_a_file_that_a_person_deleted_is_left_to_repair(held: Held) -> None:
    held.file(DAY).unlink()
    with held.open() as work:
        finish_interrupted(work)
    assert not held.file(DAY).exists()


def test_corrupt_rows_are_written_to_no_file(held: Held) -> None:
    held.sql(
        set_text("title", "'Another Title'", "day = '2021-04-08' AND number = 1"),
        "DELETE FROM syncd_replica_file WHERE day = '2021-04-08'",
    )
    held.file(LISTED).unlink()
    with held.open() as work:
        finish_interrupted(work)
    assert not held.file(LISTED).exists()


def test_the_index_that_a_killed_load_left_unbuilt_is_built(held: Held) -> None:
    held.sql("DROP INDEX ix_paper_author_author_id")
    with held.open() as work:
        finish_interrupted(work)
    assert compare_schema(f"sqlite:///{held.folder / 'syncd.db'}") == ()
