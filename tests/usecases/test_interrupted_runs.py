"""Long work that is stopped early: what was finished is kept and reported, and what is left is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.core.results import Done
from syncd.report import json_fields
from syncd.report.text import runs
from syncd.usecases.compare.file_comparison import compare_files
from syncd.usecases.compare.run import compare
from syncd.usecases.compare.select import Selection
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.ingest.sync import sync
from syncd.usecases.inspect.report import gather_facts
from syncd.usecases.progress import Cancelled, Progress, RunControl
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.replay.replay import replay
from syncd.usecases.replay.verify import verify
from syncd.usecases.upstream import UpstreamAccess
from syncd.usecases.workspace import Access
from tests.support.command_line import DAYS, digest_file
from tests.support.plain_text import strip_colour
from tests.support.small_archive import World, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.results import Run

HELD = DAYS[:4]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(DAYS[3])) as made:
        yield made


@pytest.fixture
def held(here: World) -> World:
    """An archive with four mailings."""
    copy_synced(here.folder, here.now)
    return here


def stop_after_one(doing: str) -> RunControl:
    """What stops the work once one thing of this kind is done."""

    def report(progress: Progress) -> None:
        if progress.doing == doing and progress.done >= 1:
            control.cancel.set()

    control = RunControl(report=report)
    return control


def totals(run: Run) -> str:
    """The totals of a run, in words; a run that was stopped never had nothing to do."""
    lines = [strip_colour(line) for line in runs.of_run(run, verb="it")]
    assert not any("nothing to do" in line or "unchanged" in line for line in lines)
    return next(line for line in lines if line.startswith("it: "))


def test_a_sync_that_is_stopped_has_written_the_newest_day_and_names_the_others(here: World) -> None:
    with here.open() as work:
        run = sync(work, here.upstream, control=stop_after_one("fetching mailings"))
    assert run.ended
    assert [(day.day, day.action) for day in run.days] == [(HELD[3], Done.WRITTEN)]
    assert run.left == tuple(reversed(HELD[:3]))
    assert totals(run) == "it: 1 written"
    assert json_fields.of_run(run)["left"] == [str(day) for day in run.left]
    with here.open() as work:
        assert {day.day for day in sync(work, here.upstream).days} == set(run.left)


def test_a_sync_that_is_stopped_before_its_first_request_did_nothing(here: World) -> None:
    control = RunControl()
    control.cancel.set()
    with here.open() as work:
        run = sync(work, here.upstream, control=control)
    assert (run.days, set(run.left), here.asked) == ((), set(HELD), [])
    assert totals(run) == "it: nothing done"


def test_an_adoption_that_is_stopped_registers_what_it_has_read(here: World) -> None:
    for number in (1, 2, 3):
        digest_file(here.folder, DAYS[number], f"{number}.txt")
    with here.open() as work:
        run = adopt(work, [here.folder / "from-before"], control=stop_after_one("adopting digests"))
    assert (run.ended, [day.action for day in run.days]) == (True, [Done.REGISTERED])
    assert totals(run) == "it: 1 registered"


def test_a_repair_that_is_stopped_names_the_days_that_it_did_not_get_to(held: World) -> None:
    for day in HELD[:3]:
        held.file(day).unlink()
    with held.open(Access.READ) as work:
        run = repair(work, control=stop_after_one("repairing"))
    assert [(day.day, day.action) for day in run.days] == [(HELD[0], Done.RESTORED)]
    assert run.left == tuple(HELD[1:3])
    assert totals(run) == "it: 1 restored"


def test_a_replay_that_is_stopped_between_rows_and_files_says_so_of_each_day(held: World) -> None:
    for day in HELD:
        held.file(day).unlink()
    held.sql("DELETE FROM entry")
    control = stop_after_one("restoring files")
    with held.open(Access.REBUILD) as work:
        run = replay(work, control=RunControl(report=lambda _one: control.cancel.set(), cancel=control.cancel))
        assert (run.ended, run.left, totals(run)) == (True, tuple(HELD), "it: nothing done")
        done = replay(work)
    assert {day.action for day in done.days} == {Done.RESTORED}


def test_a_verification_that_is_stopped_claims_nothing(held: World) -> None:
    with held.open(Access.READ) as work:
        found = verify(work, control=stop_after_one("verifying rows and files"))
    assert (found.ended, found.days, found.changes) == (True, 0, ())


def test_a_comparison_that_is_stopped_lists_the_days_that_were_not_compared(held: World) -> None:
    control = stop_after_one("comparing")
    with held.open(Access.READ) as work:
        files = compare_files(work, HELD, sql_first=False, control=control)
        control.cancel.clear()
        upstream = UpstreamAccess(held, held.upstream, control)
        parts = list(compare(work, upstream, Selection(tuple(HELD), "catchup")))
    assert (files.ended, files.days, [one.day for one in files.not_compared]) == (True, 1, HELD[1:])
    assert parts[-1].ended
    assert sum(part.days for part in parts) == 1
    assert len([one for part in parts for one in part.not_compared if "interrupted" in one.why]) == 3


def test_a_report_that_is_stopped_has_no_facts(held: World) -> None:
    with held.open(Access.READ) as work, pytest.raises(Cancelled):
        gather_facts(work, stop_after_one("checking files"))
